import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { TcpRelay } from '../../dev/tcp-relay.ts';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';
import { ageClaims } from './plan-directory.ts';

const cluster = useDevCluster();
const variant = useSshVariant(cluster, {
  relay: {},
  clientSettings: ['ServerAliveInterval 2', 'ServerAliveCountMax 2', 'ConnectTimeout 5'],
});
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
const { srunx, json, write } = useSandbox(() => ({
  XDG_CONFIG_HOME: join(runtime, 'config'),
  XDG_RUNTIME_DIR: runtime,
}));
/** So many places over the bytes of a submission, in each direction. */
const cuts = Number(process.env['SRUNX_CHAOS_CUTS'] ?? 12);

beforeAll(() => {
  mkdirSync(join(runtime, 'config', 'srunx'), { recursive: true });
  const save = (name: string, dev: object) =>
    writeFileSync(join(runtime, 'config', 'srunx', name), JSON.stringify({ profiles: { dev } }));
  save('config.json', { ssh_host: 'dev' });
  save('extra.json', { ssh_config: variant().sshConfig });
});
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

interface RunJson {
  readonly run_id: string;
  readonly name: string;
  readonly status: string;
  readonly directory: string;
  readonly jobs: readonly { readonly name: string; readonly state: string }[];
}

const relayOf = (): TcpRelay => {
  const { relay } = variant();
  if (relay === undefined) throw new Error('there is no relay');
  return relay;
};
/** What ran, each a line: `cut-3/second`. */
const ran = () => {
  const path = join(variant().home, 'ran');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
};
const submit = (name: string) => {
  const job = (own: string, more = '') =>
    `  - {name: ${own}, launcher: none, command: "echo ${name}/${own} >> ran"${more}}\n`;
  write(`${name}.yaml`, `name: ${name}\njobs:\n${job('first')}${job('second', ', depends_on: [first]')}`);
  return srunx(['flow', 'run', '--profile', 'dev', `${name}.yaml`, '--detach']);
};
const runsOf = async () =>
  (await json<RunJson[]>(['flow', 'list', '--limit', '1000'])).filter(({ name }) => name.startsWith('cut-'));

describe('a submission over ssh', () => {
  it('that is cut anywhere is lost as a whole or runs once, and the next command knows which', async () => {
    const counts = { told: 0, lost: 0, named: 0 };
    for (const direction of ['toServer', 'toClient'] as const) {
      await srunx(['ssh', 'logout', 'dev']);
      const start = relayOf().passed[direction];
      expect((await submit(`whole-${direction}`)).code).toBe(0);
      const whole = relayOf().passed[direction] - start;
      for (let part = 1; part <= cuts; part += 1) {
        await srunx(['ssh', 'logout', 'dev']);
        relayOf().breakAfter({ direction, bytes: Math.floor((whole * part) / cuts), how: 'cut' });
        const { code, stderr } = await submit(`cut-${direction}-${part}`);
        relayOf().cut();
        expect([0, 6], stderr).toContain(code);
        counts[code === 0 ? 'told' : 'lost'] += 1;
        if (/hint: (?:`srunx flow status \w+` says|Nothing was submitted)/.test(stderr)) counts.named += 1;
      }
    }
    const isOver = async () => {
      // It would be looked for during two minutes.
      for (const { directory, status } of await runsOf()) if (status !== 'completed') ageClaims(directory);
      for (const { run_id: id } of await runsOf()) await srunx(['flow', 'status', id]);
      return (await runsOf()).every(({ status }) => !['pending', 'running'].includes(status));
    };
    expect(await waitUntil(isOver, 240_000)).toBe(true);
    const runs = await runsOf();
    const lines = ran().filter((line) => line.startsWith('cut-'));
    expect(new Set(lines).size, 'something ran twice').toBe(lines.length);
    const completed = runs.filter(({ status }) => status === 'completed');
    expect([...lines].sort()).toEqual(
      completed.flatMap(({ name, jobs }) => jobs.map((job) => `${name}/${job.name}`)).sort(),
    );
    // Of the others nothing was submitted, and that is known.
    const states = new Set(
      runs.flatMap(({ status, jobs }) => (status === 'completed' ? [] : jobs.map(({ state }) => state))),
    );
    expect([...states].filter((state) => state !== 'withdrawn')).toEqual([]);
    expect(counts.told).toBeLessThanOrEqual(completed.length);
    // Amid the hand-over it is said what became of it, or how to hear of it.
    expect(counts.named).toBeGreaterThan(0);
    console.log(
      `${2 * cuts} submissions cut: ${counts.told} told of their success, ${counts.lost} of a lost connection (${counts.named} with what became of it); ` +
        `${runs.length} recorded, ${completed.length} ran, ${lines.length} jobs of ${2 * completed.length}, none twice`,
    );
  });
});
