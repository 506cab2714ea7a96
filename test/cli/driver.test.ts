import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

interface RunJson {
  readonly directory: string;
  readonly status: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly job_id: string;
    readonly state: string;
    readonly reason: string | null;
    readonly attempts: number;
  }[];
}

const job = (name: string, command: string, more = '') =>
  `  - {name: ${name}, launcher: none, command: ${JSON.stringify(command)}${more === '' ? '' : `, ${more}`}}`;

/** What only the end of the last attempt decides, and what its first end must not decide. */
const workflow = `name: driven
jobs:
${[
  job('flaky', 'echo "attempt $SRUNX_ATTEMPT"; [ "$SRUNX_ATTEMPT" -ge 3 ]', 'retry: {max: 3, delay: 1}'),
  job('after', 'echo after', 'depends_on: [flaky]'),
  job('later', 'echo later', 'depends_on: [after]'),
  job('sorry', 'echo sorry', 'depends_on: ["afternotok:flaky"]'),
  job('never', 'exit 4', 'retry: {max: 1, delay: 1}'),
  job('needs', 'echo needs', 'depends_on: [never]'),
  job('clean', 'echo clean', 'depends_on: ["afternotok:never"]'),
  job('both', 'echo both', 'depends_on: ["afterany:never", flaky]'),
  job(
    'grow',
    '[ "$SRUNX_ATTEMPT" -gt 1 ] || exit 137',
    'memory_per_node: 100M, retry: {max: 1, delay: 1, on: [oom], grow: {memory: 2}}',
  ),
  job('killed', '[ "$SRUNX_ATTEMPT" -gt 1 ] || { kill -9 $PPID; sleep 5; }', 'retry: {max: 1, delay: 1}'),
  job(
    'save',
    'trap "exit 0" USR1; [ "$SRUNX_ATTEMPT" -gt 1 ] || { sleep 60 & wait $!; }',
    'time_limit: 2, checkpoint: {signal: USR1, before: 100}',
  ),
].join('\n')}
finally:
${job('end', 'echo end')}
`;

const ends = {
  ...{ flaky: 'completed 3', after: 'completed 1', later: 'completed 1', sorry: 'skipped 0' },
  ...{ never: 'failed 2', needs: 'skipped 0', clean: 'completed 1', both: 'completed 1' },
  ...{ grow: 'completed 2', killed: 'completed 2', save: 'completed 2', end: 'completed 1' },
};

/** Where jobs cannot put themselves back into the queue, srunx submits them again: whichever happens to run, and nothing twice. */
describe.each([true, false])('a driver, accounting: %s', (accounting) => {
  const cluster = useDevCluster({ nodes: 2, cpus: 8, accounting, scontrol: 'missing' });
  const sandbox = useSandbox(() => cluster().env);
  const { srunx, json, write, work, start } = sandbox;
  const native = (...argv: readonly string[]) =>
    execFileSync(argv[0] ?? '', argv.slice(1), { env: { ...process.env, ...cluster().env }, encoding: 'utf8' });
  const endsOf = ({ jobs }: RunJson) =>
    Object.fromEntries(jobs.map((one) => [one.name, `${one.state} ${one.attempts}`]));

  beforeAll(async () => {
    expect((await srunx(['doctor', '--job'])).stdout).toContain('Retries need srunx to keep running');
  }, 120_000);

  it('is said to be needed, killed at random moments, and finishes the run all the same', async () => {
    write('flow.yaml', workflow);
    const started = await srunx(['flow', 'run', 'flow.yaml', '--detach']);
    expect(started.stderr).toContain('needs a srunx to keep running');
    const id = started.stdout.trim();
    // Nothing happens while there is none; and looking at the run is not driving it.
    await waitUntil(async () => (await reasonOf(id, 'never')).includes('needs a srunx that follows the run'), 30_000);
    expect(native('squeue', '-h', '--states=all', '-o', '%k').match(/srunx:\S+\.t\d/g)).toBeNull();
    for (let round = 0; round < 12; round += 1) {
      const driver = start(['flow', 'attach', id, '-i', '1']);
      await Promise.race([driver.ended, sleep(Math.random() * 1_500)]);
      await driver.interrupt('SIGKILL');
    }
    const followed = await srunx(['flow', 'attach', id, '-i', '1']);
    expect(followed.code).toBe(4);
    expect(endsOf(await json<RunJson>(['flow', 'status', id]))).toEqual(ends);
    // One submission for each attempt, and one log for all of them.
    const tokens = native('squeue', '-h', '--states=all', '-o', '%k').match(/srunx:\S+/g) ?? [];
    expect(tokens.length).toBe(new Set(tokens).size);
    expect(tokens.filter((token) => /\.t\d$/.test(token)).length).toBe(6);
    const logs = readdirSync(join(work, 'logs')).filter((name) => name.startsWith('flaky_'));
    expect(logs).toHaveLength(1);
    expect(readFileSync(join(work, 'logs', logs[0] ?? ''), 'utf8').match(/^attempt \d/gm)).toHaveLength(3);
    expect((await srunx(['flow', 'logs', id, 'flaky', '--all'])).stdout.match(/attempt \d$/gm)).toHaveLength(3);
    const shown = (await srunx(['flow', 'show', id])).stdout;
    expect(shown).toContain('needs a srunx to keep running');
    expect(shown).toContain(join(work, 'logs', logs[0] ?? ''));
    // Somebody who has never seen the run is told the same.
    const { directory } = await json<RunJson>(['flow', 'status', id]);
    const elsewhere = { XDG_STATE_HOME: join(work, 'elsewhere') };
    await srunx(['flow', 'attach', directory, '-i', '1'], { env: elsewhere });
    const other = await srunx(['flow', 'status', directory, '--json'], { env: elsewhere });
    expect(endsOf(JSON.parse(other.stdout) as RunJson)).toEqual(ends);
  }, 240_000);

  it('submits nothing again that was cancelled', async () => {
    write(
      'fails.yaml',
      `name: fails\njobs:\n${job('bad', 'exit 1', 'retry: {max: 5, delay: 1}')}\n${job('child', 'true', 'depends_on: [bad]')}\n`,
    );
    const id = (await srunx(['flow', 'run', 'fails.yaml', '--detach'])).stdout.trim();
    await waitUntil(async () => (await reasonOf(id, 'bad')).includes('needs a srunx'), 30_000);
    expect((await srunx(['flow', 'cancel', id])).code).toBe(0);
    await srunx(['flow', 'attach', id, '-i', '1']);
    expect(endsOf(await json<RunJson>(['flow', 'status', id]))).toEqual({
      bad: 'failed 1',
      child: expect.stringMatching(/^(skipped|cancelled) 0$/),
    });
  }, 90_000);

  it('is refused for arrays, of which it could not submit single tasks', async () => {
    write('array.yaml', `name: a\njobs:\n${job('a', 'exit 1', 'array: 1-3, retry: 2')}\n`);
    const { code, stderr } = await srunx(['flow', 'run', 'array.yaml']);
    expect([code, stderr]).toEqual([8, expect.stringContaining('nothing was submitted')]);
  });

  async function reasonOf(id: string, name: string): Promise<string> {
    const { jobs } = await json<RunJson>(['flow', 'status', id]);
    return jobs.find((one) => one.name === name)?.reason ?? '';
  }
});
