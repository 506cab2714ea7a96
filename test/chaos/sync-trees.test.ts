import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppContext } from '../../src/app/app-context.ts';
import { chooseMount } from '../../src/app/choose-mount.ts';
import { pullMount } from '../../src/app/pull-mount.ts';
import { pushMount } from '../../src/app/sync-mount.ts';
import { SrunxError } from '../../src/core/errors.ts';
import { parseHolder } from '../../src/core/sync/lock-holder.ts';
import { createAppContext, type OwnedContext } from '../../src/main/create-app-context.ts';
import { fateOf } from '../../src/sync/this-machine.ts';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';
import { differences } from '../support/walk-tree.ts';
import { Chance, mountPatterns } from './random-tree.ts';
import { SyncWorld } from './sync-world.ts';

const rounds = Number(process.env['SRUNX_SYNC_ROUNDS'] ?? 60);
/** Another one by the variable: with the same one a failure of the suite is of what was changed, not of chance. */
const seed = Number(process.env['SRUNX_SYNC_SEED'] ?? 99);
const first = Number(process.env['SRUNX_SYNC_FIRST'] ?? 100);

const cluster = useDevCluster();
const variant = useSshVariant(cluster, {
  relay: {},
  clientSettings: ['ServerAliveInterval 2', 'ServerAliveCountMax 2', 'ConnectTimeout 5'],
});
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
const surroundings = {
  HOME: runtime,
  XDG_CONFIG_HOME: join(runtime, 'config'),
  XDG_STATE_HOME: join(runtime, 'state'),
  XDG_CACHE_HOME: join(runtime, 'cache'),
  XDG_RUNTIME_DIR: runtime,
};
const { start, srunx } = useSandbox(() => surroundings);
const before = { ...process.env };
let owned: OwnedContext;

beforeAll(() => {
  mkdirSync(join(runtime, 'config', 'srunx'), { recursive: true });
  const extra = { profiles: { dev: { ssh_config: variant().sshConfig } } };
  writeFileSync(join(runtime, 'config', 'srunx', 'extra.json'), JSON.stringify(extra));
  setMount('nothing yet', '/nowhere');
  Object.assign(process.env, surroundings);
  owned = createAppContext(new AbortController().signal);
});
afterAll(async () => {
  await owned[Symbol.asyncDispose]();
  await srunx(['ssh', 'logout', 'dev']);
  process.env = before;
  rmSync(runtime, { recursive: true, force: true });
});

function setMount(local: string, remote: string): void {
  const mounts = [{ name: 'm', local, remote, exclude_patterns: mountPatterns }];
  const config = { profiles: { dev: { ssh_host: 'dev', mounts } } };
  writeFileSync(join(runtime, 'config', 'srunx', 'config.json'), JSON.stringify(config));
}

const counts = {
  pushes: 0,
  unchanged: 0,
  mirrors: 0,
  refused: 0,
  pulls: 0,
  cuts: 0,
  torn: 0,
  kills: 0,
  blocked: 0,
  again: 0,
};

interface Round {
  readonly world: SyncWorld;
  readonly chance: Chance;
  readonly context: AppContext;
}

const silent = { force: false, onWait: () => {}, onFirst: async () => {} };

interface Mirroring {
  readonly isMirror?: boolean;
  readonly maxDelete?: number;
}

function push({ context }: Round, more: Mirroring = {}) {
  const chosen = chooseMount(context, 'dev', 'm');
  return pushMount(context, { ...chosen, ...silent, isMirror: false, maxDelete: undefined, ...more });
}

/** The connection of an earlier step may break only now. */
async function again<Result>(work: () => Promise<Result>, attempts = 3): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SrunxError) || error.exitCode !== 6 || attempts === 1) throw error;
    counts.again += 1;
    return again(work, attempts - 1);
  }
}

/** Nothing stands in its way: all is there afterwards. */
async function heal(round: Round): Promise<void> {
  const { world } = round;
  const here = world.here();
  let takesLock = true;
  counts.pushes += 1;
  const blocked = world.inTheWay();
  if (blocked.length > 0) {
    counts.blocked += 1;
    const failed = await again(() => push(round)).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String((failed as SrunxError | undefined)?.detail), 'it is not said what is in the way').toMatch(/make way/);
    world.expectOutputs();
  } else {
    const { isUnchanged } = await again(() => push(round));
    if (isUnchanged) counts.unchanged += 1;
    takesLock = !isUnchanged;
    world.expectSent();
  }
  expect(differences(here, world.here()), 'a push has changed something here').toEqual([]);
  world.expectWhole();
  // Who looks without a lock leaves one at which nobody works to the next who needs it.
  world.expectFree((holder) => !takesLock && isLeft(holder));
}

/** Of a process that was killed, or whose connection was lost before it could give back the lock there, as it has the one here. */
function isLeft(text: string): boolean {
  const holder = parseHolder(text);
  return holder !== undefined && (fateOf(holder) === 'gone' || !existsSync(holder.file ?? '/'));
}

async function mirror(round: Round): Promise<void> {
  const { world, chance } = round;
  world.forward();
  const [here, there] = [world.here(), world.there()];
  const most = chance.one([undefined, 2, 1_000, 1_000, 1_000]);
  const how = { isMirror: true, ...(most === undefined ? {} : { maxDelete: most }) };
  const pushed = await again(() => push(round, how)).catch((error: unknown) => error as SrunxError);
  expect(differences(here, world.here()), 'a mirror has changed something here').toEqual([]);
  if (pushed instanceof Error) {
    const isRefusal = pushed.code === 'sync.would_delete' && most !== 1_000;
    const isExcludedInTheWay = /make way|not empty/.test(`${pushed.detail}`);
    if (!isRefusal && !isExcludedInTheWay) throw pushed;
    counts.refused += 1;
    if (isRefusal) expect(differences(there, world.there()), 'a refused mirror has changed something').toEqual([]);
    else for (const name of world.outputs.keys()) if (!world.there().has(name)) world.outputs.delete(name);
    return;
  }
  counts.mirrors += 1;
  for (const name of [...world.outputs.keys()]) if (!here.has(name)) world.outputs.delete(name);
  world.expectMirror(there, pushed.backupDir);
  world.expectFree();
}

async function pull({ world, context }: Round): Promise<void> {
  counts.pulls += 1;
  world.forward();
  const here = world.here();
  const chosen = chooseMount(context, 'dev', 'm');
  const wish = { ...chosen, onWait: () => {}, isMirror: false, maxDelete: undefined, overwrite: false };
  await again(() => pullMount(context, wish));
  world.expectPulled(here);
  world.expectOutputs();
  // From now on these are files of the project.
  for (const name of world.here().keys()) world.outputs.delete(name);
  world.expectFree();
}

async function cut(round: Round): Promise<void> {
  const { world, chance } = round;
  counts.cuts += 1;
  const { relay } = variant();
  const direction = chance.one(['toServer', 'toServer', 'toClient'] as const);
  relay?.breakAfter({ direction, bytes: chance.below(chance.one([3_000, 30_000, 120_000])), how: 'cut' });
  const here = world.here();
  await push(round).catch((error: unknown) => {
    if (!(error instanceof SrunxError)) throw error;
    counts.torn += 1;
  });
  relay?.breakAfter({ direction, bytes: Number.MAX_SAFE_INTEGER, how: 'cut' });
  expect(differences(here, world.here())).toEqual([]);
  world.expectOutputs();
  world.expectWhole();
}

async function killOne({ world, chance }: Round): Promise<void> {
  counts.kills += 1;
  const program = start(['ssh', 'sync', 'dev', '--mount', 'm', '--yes'], { stdin: '' });
  await sleep(100 + chance.below(500));
  await program.interrupt('SIGKILL');
  world.expectOutputs();
  world.expectWhole();
}

async function step(round: Round): Promise<void> {
  const { chance, world } = round;
  // As between two runs: a file is edited, and nothing else happens.
  const isSmall = chance.below(3) === 0;
  world.edit(chance.below(4), isSmall);
  if (!isSmall && chance.below(2) === 0) world.runJob();
  world.forward();
  const kind = chance.below(20);
  if (kind < 3) await mirror(round);
  else if (kind < 5 && world.there().size > 0) await pull(round);
  else if (kind < 7) await cut(round);
  else if (kind === 7) await killOne(round);
  world.forward();
  await heal(round);
}

function describeError(error: unknown): string {
  const { message, detail = '', actual } = error as Partial<SrunxError> & { readonly actual?: unknown };
  return `${message} ${detail} ${typeof actual === 'object' ? JSON.stringify(actual) : ''}`;
}

describe('a mount', () => {
  it(`is in step after whatever happens to its two ends (seed ${seed}, ${rounds} rounds)`, async () => {
    const failed: string[] = [];
    for (let number = first; number < first + rounds; number += 1) {
      const chance = new Chance(seed * 7_919 + number);
      const local = join(runtime, 'projects', `${number}`);
      const remote = join(variant().home, 'projects', `${number}`);
      const locks = join(runtime, 'state', 'srunx', hostname(), 'locks');
      // By a clock that is behind, no directory has been left alone for long enough that its listing is kept.
      const aheadHours = number % 2 === 0 ? -20 : 20;
      const world = new SyncWorld({ local, remote, home: variant().home, locks, chance, aheadHours });
      setMount(local, remote);
      const round: Round = { world, chance, context: { ...owned, now: world.now } };
      try {
        world.edit(4 + chance.below(8));
        world.forward();
        if (chance.below(3) === 0) await cut(round);
        for (let steps = 3 + chance.below(3); steps > 0; steps -= 1) await step(round);
      } catch (error) {
        failed.push(`SRUNX_SYNC_SEED=${seed} SRUNX_SYNC_FIRST=${number} SRUNX_SYNC_ROUNDS=1: ${describeError(error)}`);
      }
      world.clear();
      rmSync(local, { recursive: true, force: true });
      rmSync(remote, { recursive: true, force: true });
      const done = number - first + 1;
      if (done % 50 === 0) console.log(`${done} rounds: ${JSON.stringify(counts)}`, failed);
    }
    expect(failed.slice(0, 30), `${failed.length} rounds have failed`).toEqual([]);
    console.log(`${rounds} rounds of seed ${seed}: ${JSON.stringify(counts)}`);
  });
});
