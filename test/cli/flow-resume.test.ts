import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, write, work } = sandbox;

interface RunJson {
  readonly run_id: string;
  readonly directory: string;
  readonly status: string;
  readonly jobs: readonly { readonly name: string; readonly job_id: string | null; readonly state: string }[];
}

const workflow = `name: lost
jobs:
  - {name: first, launcher: none, command: echo first}
  - {name: second, launcher: none, depends_on: [first], command: echo second}
  - {name: third, launcher: none, depends_on: [second], command: echo third}
`;

const sweep = `name: lost
sweep: {matrix: {n: [1, 2]}, max_parallel: 2}
jobs:
  - {name: first, launcher: none, command: 'echo first {{ n }}'}
  - {name: second, launcher: none, depends_on: [first], command: 'echo second {{ n }}'}
  - {name: third, launcher: none, depends_on: [second], command: 'echo third {{ n }}'}
`;

/** Submits, or does not, and says of \`second\` what Slurm's own sbatch says when the answer is lost. */
const forgetful = (submits: boolean) => `#!/bin/sh
real=$(PATH=\${PATH#*:} command -v sbatch)
case "$*" in
  *--job-name=second*)
    # Without the token, or srunx would find it by itself.
    for word do shift; case $word in --comment=*) ;; *) set -- "$@" "$word" ;; esac; done
    ${submits ? '"$real" "$@" >"$SRUNX_TEST_ID"' : ''}
    echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2
    exit 1 ;;
esac
exec "$real" "$@"
`;

interface Loss {
  readonly submits: boolean;
  readonly text?: string;
}

/** A run of which nobody can tell whether Slurm has its second job, and the id that this job has, if it has one. */
async function lose({ submits, text = workflow }: Loss): Promise<{ id: string; second: string }> {
  const bin = join(work, `bin-${submits}`);
  const idFile = join(work, 'second-id');
  execFileSync('mkdir', ['-p', bin]);
  writeFileSync(join(bin, 'sbatch'), forgetful(submits));
  chmodSync(join(bin, 'sbatch'), 0o755);
  const path = cluster().env['PATH'] ?? process.env['PATH'] ?? '';
  write('lost.yaml', text);
  const env = { PATH: `${bin}:${path}`, SRUNX_TEST_ID: idFile };
  const started = sandbox.start(['flow', 'run', 'lost.yaml', '--detach'], { env });
  const run = await newestRun();
  // It would be looked for during two minutes.
  const past = Date.now() / 1000 - 300;
  const claims = join(run.directory, 'claims');
  for (const name of readdirSync(claims)) utimesSync(join(claims, name), past, past);
  expect((await started.ended).code).not.toBe(0);
  return { id: run.run_id, second: submits ? sandbox.read('second-id').trim() : '' };
}

/** Once its second job is claimed. */
async function newestRun(): Promise<RunJson> {
  for (;;) {
    const [run] = await json<RunJson[]>(['flow', 'list', '--json', '-n', '1']);
    const claimed = run !== undefined && existsAll(run);
    if (claimed) return run;
  }
}

function existsAll({ directory }: RunJson): boolean {
  try {
    return readdirSync(join(directory, 'claims')).length === 2;
  } catch {
    return false;
  }
}

describe('a submission of which nobody can tell whether Slurm has it', () => {
  beforeAll(() => expect(cluster()).toBeDefined());

  it('is a question, and is submitted when a person says that it is not there', async () => {
    const { id } = await lose({ submits: false });
    const asked = await srunx(['flow', 'resume', id]);
    expect(asked.code).toBe(8);
    expect(asked.stderr).toContain(`whether local has \`second\` of run ${id} cannot be told`);
    expect(asked.stderr).toContain(`srunx flow resume ${id} --submit second`);
    // Slips of the pen.
    for (const [words, code] of [
      [['--submit', 'secnd'], 7],
      [['--submit', 'first'], 8],
      [['--job-id', 'second'], 2],
      [['--job-id', 'second=67000000'], 7],
    ] as const) {
      expect((await srunx(['flow', 'resume', id, ...words])).code, words.join(' ')).toBe(code);
    }
    const resumed = await srunx(['flow', 'resume', id, '--submit', 'second', '-i', '1']);
    expect(resumed.code, resumed.stderr).toBe(0);
    const { jobs } = await json<RunJson>(['flow', 'status', id]);
    expect(jobs.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    expect((await srunx(['flow', 'resume', id, '--submit', 'second'])).code).toBe(8);
  }, 60_000);

  it('is taken over under the id that a person has found', async () => {
    const { id, second } = await lose({ submits: true });
    const resumed = await srunx(['flow', 'resume', id, '--job-id', `second=${second}`, '-i', '1']);
    expect(resumed.code, resumed.stderr).toBe(0);
    const { jobs } = await json<RunJson>(['flow', 'status', id]);
    expect(jobs.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    expect(jobs[1]?.job_id).toBe(second);
  }, 60_000);

  it.each([true, false])(
    'is one question for all tasks of an array (there: %s)',
    async (submits) => {
      const { id, second } = await lose({ submits, text: sweep });
      const asked = await srunx(['flow', 'resume', id]);
      expect(asked.code).toBe(8);
      expect(asked.stderr).toContain(
        `whether local has the array of \`second#0\` (2 tasks) of run ${id} cannot be told`,
      );
      const divided = await srunx(['flow', 'resume', id, '--submit', 'second#0', '--job-id', 'second#1=67000000']);
      expect([divided.code, divided.stderr]).toEqual([2, expect.stringContaining('are one submission')]);
      const words = submits ? ['--job-id', `second#1=${second}`] : ['--submit', 'second#0', '--submit', 'second#1'];
      const resumed = await srunx(['flow', 'resume', id, ...words, '-i', '1']);
      expect(resumed.code, resumed.stderr).toBe(0);
      const { jobs } = await json<RunJson>(['flow', 'status', id]);
      expect(jobs.map(({ name, state }) => `${name} ${state}`)).toEqual(
        ['first#0', 'second#0', 'third#0', 'first#1', 'second#1', 'third#1'].map((name) => `${name} completed`),
      );
      const ids = jobs.filter(({ name }) => name.startsWith('second')).map(({ job_id: one }) => one?.split('_') ?? []);
      expect(ids.map(([, task]) => task)).toEqual(['0', '1']);
      if (submits) expect(ids.map(([array]) => array)).toEqual([second, second]);
    },
    60_000,
  );
});
