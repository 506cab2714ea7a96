import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, write, work } = sandbox;

interface RunJson {
  readonly status: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly job_id: string;
    readonly state: string;
    readonly reason: string | null;
    readonly attempts: number;
  }[];
}

async function start(file: string, ...args: readonly string[]): Promise<string> {
  const ran = await srunx(['flow', 'run', file, '--detach', ...args]);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout.trim();
}

const look = (id: string) => json<RunJson>(['flow', 'status', id]);

/** How each job ended, by the truth of another process: nothing of ours was alive meanwhile. */
async function ends(id: string): Promise<Record<string, string>> {
  await waitUntil(async () => !['running', 'pending'].includes((await look(id)).status), 240_000);
  const { jobs } = await look(id);
  return Object.fromEntries(jobs.map(({ name, state, attempts }) => [name, `${state} ${attempts}`]));
}

const idOf = async (run: string, name: string) => (await look(run)).jobs.find((job) => job.name === name)?.job_id ?? '';
const log = async (run: string, name: string) =>
  readFileSync(join(work, 'logs', `${name}_${await idOf(run, name)}.log`), 'utf8');

const native = (...argv: readonly string[]) =>
  execFileSync(argv[0] ?? '', argv.slice(1), { env: { ...process.env, ...cluster().env }, encoding: 'utf8' });

const flaky = `
  - name: flaky
    command: echo "attempt $SRUNX_ATTEMPT"; [ "$SRUNX_ATTEMPT" -ge 3 ]
    retry: {max: 3, delay: 1}
  - {name: after, depends_on: [flaky], command: echo after}
  - {name: sorry, depends_on: ["afternotok:flaky"], command: echo sorry}
  - {name: never, command: exit 4, retry: {max: 1, delay: 1}}
  - {name: clean, depends_on: ["afternotok:never"], command: echo clean}
  - {name: other, command: exit 5, retry: {max: 2, delay: 1, on: [exit:6, oom]}}
`;

const flakyEnds = {
  ...{ flaky: 'completed 3', after: 'completed 1', sorry: 'skipped 0' },
  ...{ never: 'failed 2', clean: 'completed 1', other: 'failed 1' },
};

describe('a workflow that retries, with nothing of ours alive', () => {
  it('on Slurm: what depends on it waits for its last attempt, and all of them share a log', async () => {
    write('flaky.yaml', `jobs:${flaky}`);
    const run = await start('flaky.yaml');
    expect(await ends(run)).toEqual(flakyEnds);
    const text = await log(run, 'flaky');
    expect(text.match(/^(?:attempt|srunx: attempt).*$/gm)).toEqual([
      ...['attempt 1', 'srunx: attempt 1 ended with 1 (failed); another begins in 10 seconds'],
      ...['srunx: attempt 2 begins', 'attempt 2'],
      ...[
        'srunx: attempt 2 ended with 1 (failed); another begins in 10 seconds',
        'srunx: attempt 3 begins',
        'attempt 3',
      ],
    ]);
    expect(await log(run, 'never')).toContain('srunx: attempt 2 ended with 4 (failed), and no other is left');
  });

  it('on this machine without Slurm', async () => {
    write('embedded.yaml', `jobs:${flaky}`);
    const run = await start('embedded.yaml', '--embedded');
    expect(await ends(run)).toEqual(flakyEnds);
  });

  it('on Slurm: with more memory after an out-of-memory, in the script and in a step', async () => {
    const fill = `python3 -c 'x = bytearray(300 * 2**20)'`;
    const ask = 'partition: cpu, memory_per_node: 100M, retry: {max: 2, delay: 1, on: oom, grow: {memory: 5}}';
    write(
      'oom.yaml',
      `jobs:\n  - {name: script, launcher: none, command: "${fill}", ${ask}}\n  - {name: step, command: "${fill}", ${ask}}\n`,
    );
    const run = await start('oom.yaml');
    expect(await ends(run)).toEqual({ script: 'completed 2', step: 'completed 2' });
    expect(native('scontrol', 'show', 'job', await idOf(run, 'script'))).toContain('MinMemoryNode=500M');
  });

  it('on Slurm: saves itself before its time limit, and goes on', async () => {
    const line = `trap 'touch saved; kill $!; exit 0' USR1; [ -e saved ] && { rm saved; exit 0; }; sleep 300 & wait`;
    const more = 'partition: cpu, launcher: none, time_limit: 2m, checkpoint: {before: 60, signal: USR1}';
    write(
      'save.yaml',
      `jobs:\n  - {name: long, command: "${line}", ${more}}\n  - {name: after, depends_on: long, command: echo}\n`,
    );
    const run = await start('save.yaml');
    expect(await ends(run)).toEqual({ long: 'completed 2', after: 'completed 1' });
    expect(await log(run, 'long')).toContain('srunx: the time limit is near');
  });

  it('on Slurm: after its node was lost', async () => {
    const more = 'partition: cpu, resources: {nodelist: c4}, retry: {max: 1, on: node_fail}';
    write(
      'node.yaml',
      `jobs:\n  - {name: lost, command: "echo ready; until test -e lost.gone; do sleep 0.1; done", ${more}}\n`,
    );
    const run = await start('node.yaml');
    const running = async () => (await look(run)).jobs[0]?.state === 'running';
    expect(await waitUntil(running, 60_000)).toBe(true);
    native('scontrol', 'update', 'nodename=c4', 'state=down', 'reason=test');
    const id = await idOf(run, 'lost');
    const waits = async () => native('squeue', '-h', '-j', id, '-o', '%T').trim() === 'PENDING';
    expect(await waitUntil(waits, 60_000)).toBe(true);
    write('lost.gone', '');
    // Its daemon lives, so the controller may take it back by itself.
    const isBack = () => {
      const state = native('sinfo', '-h', '-n', 'c4', '-o', '%T');
      if (state.startsWith('down')) native('scontrol', 'update', 'nodename=c4', 'state=resume');
      return state.startsWith('idle');
    };
    expect(await waitUntil(isBack, 60_000)).toBe(true);
    // What ran there must be gone, or the daemon refuses the same job. Slurm itself waits two minutes.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    native('scontrol', 'update', `jobid=${id}`, 'starttime=now');
    expect(await ends(run)).toEqual({ lost: 'completed 2' });
  });

  it.each([
    ['on Slurm', []],
    ['without Slurm', ['--embedded']],
  ] as const)('%s: never what somebody cancelled', async (_, more) => {
    write('cancel.yaml', 'jobs:\n  - {name: busy, command: "sleep 300", launcher: none, retry: {max: 3, delay: 1}}\n');
    const run = await start('cancel.yaml', ...more);
    expect(await waitUntil(async () => (await look(run)).jobs[0]?.state === 'running', 60_000)).toBe(true);
    expect((await srunx(['scancel', ...more, await idOf(run, 'busy')])).code).toBe(0);
    expect(await ends(run)).toEqual({ busy: 'cancelled 1' });
  });

  it.each([
    ['on Slurm', []],
    ['without Slurm', ['--embedded']],
  ] as const)('%s: hands values on that are known only when a job runs', async (_, more) => {
    const lines = [
      ...[
        'jobs:',
        '  - {name: train, retry: {max: 1, delay: 1}, command: "echo best=/a b$SRUNX_ATTEMPT >> $SRUNX_EXPORTS; ',
      ],
      ...['    [ $SRUNX_ATTEMPT -ge 2 ]"}', '  - name: show', '    depends_on: [train]'],
      ...['    command: printf \'<%s>\' {{ runtime.deps.train.best }} "{{ runtime.deps.train.best }}"', ''],
    ];
    write('values.yaml', lines.join('\n').replace('; \n    [', '; ['));
    const run = await start('values.yaml', ...more);
    expect(await ends(run)).toEqual({ train: 'completed 2', show: 'completed 1' });
    expect(await log(run, 'show')).toBe('</a b2></a b2>');
  });
});
