import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { handoverPid, killIfAlive, sessionOf } from './handover-process.ts';
import { ageClaims } from './plan-directory.ts';
import { linesOf } from './slurm-records.ts';
import { homeOf, useProgram } from './use-program.ts';

/** Kills of each of the two commands. */
const rounds = Number(process.env['SRUNX_CHAOS_ROUNDS'] ?? 6);

const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
const scratch = mkdtempSync(join(tmpdir(), 'srunx-growth-'));
const ran = join(scratch, 'ran');
const cluster = useDevCluster();
const env = () => homeOf(scratch, 'home', cluster().env);
const { srunx, submissionsOf } = useProgram(scratch, env);
afterAll(() => rmSync(scratch, { recursive: true }));

interface Sweep {
  readonly status: string;
  readonly directory: string;
  readonly cells: readonly { readonly index: number; readonly status: string }[];
}

const job = (name: string, more = '', command = '') =>
  `  - {name: ${name}, launcher: none, command: 'echo $SRUNX_RUN $SRUNX_JOB#$SRUNX_CELL >> ${ran}${command}'${more}}`;

/** Cells with an odd number fail until a file is there. */
const workflow = `name: growing
sweep: {matrix: {x: [0]}, max_parallel: 4}
jobs:
${job('a', '', `; [ $((SRUNX_CELL % 2)) -eq 0 ] || [ -e ${scratch}/fixed ]`)}
${job('b', ', depends_on: [a]')}
`;

const show = async (id: string) => JSON.parse((await srunx(['sweep', 'show', id, '--json'])).stdout) as Sweep;

it(`${2 * rounds} kills of what adds to a sweep lose nothing and double nothing`, async () => {
  writeFileSync(join(scratch, 'flow.yaml'), workflow);
  const id = (await srunx(['flow', 'run', '--local', '--detach', 'flow.yaml'])).stdout.trim();
  await settle(id);
  const { directory } = await show(id);
  for (let round = 1; round <= rounds; round += 1) {
    await killed(['sweep', 'extend', id, '--add', `x=${round}`, '-d'], directory);
    if (round % 4 === 0) rmSync(join(scratch, 'home', 'state'), { recursive: true });
    await settle(id);
  }
  // What was recorded and never submitted can be told again.
  await untilDone(id, ['--cancelled'], (status) => status !== 'cancelled');
  const grown = await show(id);
  const cells = grown.cells.map(({ index }) => index);
  const odd = cells.filter((index) => index % 2 === 1);
  expect(linesOf(ran, id)).toEqual([...cells.map((cell) => `a#${cell}`), ...even(cells)].sort());
  writeFileSync(join(scratch, 'fixed'), '');
  for (let round = 0; round < rounds && odd.length > 0; round += 1) {
    await killed(['sweep', 'retry', id, '--cell', String(odd[round % odd.length]), '-d'], directory);
    await settle(id);
  }
  await untilDone(id, ['--failed', '--cancelled'], (status) => status === 'completed');
  const again = odd.flatMap((cell) => [`a#${cell}`, `b#${cell}`]);
  expect(linesOf(ran, id)).toEqual([...cells.map((cell) => `a#${cell}`), ...even(cells), ...again].sort());
  const parts = join(directory, 'parts');
  // On a slow machine each of them may have been killed before it had made one.
  const made = existsSync(parts) ? readdirSync(parts) : [];
  console.log(`growth: ${cells.length} cells of ${rounds + 1}, parts ${made.join(' ')}`);
  // Each array has one task.
  expect(new Set(await submissionsOf(id))).toEqual(new Set([1]));
});

const even = (cells: readonly number[]) => cells.filter((cell) => cell % 2 === 0).map((cell) => `b#${cell}`);

/** The client at a random moment, or the hand-over that it has started, alone or with all that it has started. */
async function killed(args: readonly string[], directory: string): Promise<void> {
  const parts = join(directory, 'parts');
  const before = new Set(existsSync(parts) ? readdirSync(parts) : []);
  const child = spawn(process.execPath, [program, ...args], { cwd: scratch, env: env(), stdio: 'ignore' });
  const ended = once(child, 'exit');
  if (Math.random() < 0.6) await Promise.race([sleep(Math.random() * 900), ended]);
  else {
    const find = () => {
      const name = existsSync(parts) ? readdirSync(parts).find((candidate) => !before.has(candidate)) : undefined;
      return name === undefined ? undefined : join(parts, name);
    };
    const pid = await Promise.race([handoverPid(find), ended.then(() => undefined)]);
    await sleep(Math.random() * 60);
    if (pid !== undefined)
      for (const victim of Math.random() < 0.5 ? [...sessionOf(pid), pid] : [pid]) killIfAlive(victim);
  }
  child.kill('SIGKILL');
  await ended;
}

/** Fresh processes go on with what was left. What is in question would be looked for during two minutes, and a number kept as long. */
async function settle(id: string): Promise<void> {
  const deadline = performance.now() + 240_000;
  for (;;) {
    const { directory, cells } = await show(id);
    const parts = join(directory, 'parts');
    const past = Date.now() / 1_000 - 300;
    for (const name of existsSync(parts) ? readdirSync(parts) : []) {
      ageClaims(join(parts, name));
      utimesSync(join(parts, name), past, past);
    }
    const unknown = cells.filter(({ status }) => status === 'unknown').map(({ index }) => index);
    if (unknown.length > 0) await srunx(['flow', 'resume', id, '-d', ...(await questions(id))]);
    else if (cells.every(({ status }) => status !== 'running' && status !== 'pending')) return;
    if (performance.now() > deadline) throw new Error(`still moving: ${JSON.stringify(cells)}`);
    await sleep(500);
  }
}

/** A person looks into the queue and finds nothing of it: what stands in question was ended before sbatch. */
async function questions(id: string): Promise<readonly string[]> {
  const { jobs } = JSON.parse((await srunx(['flow', 'status', id, '--json'])).stdout) as {
    readonly jobs: readonly { readonly name: string; readonly state: string }[];
  };
  const names = jobs.flatMap(({ name, state }) => (state === 'unknown' ? [name] : []));
  return names.flatMap((name) => ['--submit', name]);
}

async function untilDone(id: string, which: readonly string[], isDone: (status: string) => boolean): Promise<void> {
  await waitUntil(async () => {
    if ((await show(id)).cells.every(({ status }) => isDone(status))) return true;
    await srunx(['sweep', 'retry', id, ...which, '-d']);
    await settle(id);
    return (await show(id)).cells.every(({ status }) => isDone(status));
  }, 120_000);
}
