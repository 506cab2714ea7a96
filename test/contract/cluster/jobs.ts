import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../dev/processes.ts';
import { parseJobId } from '../../../src/core/slurm/job-id.ts';
import type { JobObservation } from '../../../src/core/slurm/job-observation.ts';
import { type Bench, type ClusterUnderTest, waitForFile } from './bench.ts';

const hostileWords = ['a b', "a'b", 'a"b', 'we|ird', '$(x)', '`x`', '-rf', '日本語', '\\n', '%d', '#x', 'a\tb', ''];

export function describeJobs(bench: () => Bench, { enforcesMemory, isLarge = false }: ClusterUnderTest): void {
  const describeGroup = isLarge ? describe.concurrent : describe;
  describeGroup('a job gets', () => {
    it('its arguments and environment, byte for byte', async () => {
      const args = [...hostileWords, 'two\nlines'];
      const env = Object.fromEntries(args.map((value, index) => [`SRUNX_TEST_${index}`, value]));
      const names = Object.keys(env).map((name) => `"$${name}"`);
      const { output } = await bench().run({ args, env, script: `printf '%s\\0' "$@" ${names.join(' ')}` });
      expect(output.split('\0').slice(0, -1)).toEqual([...args, ...args]);
    });

    it('a PATH of its own', async () => {
      const { output, row } = await bench().run({ env: { PATH: '/srunx/no/such' }, script: 'echo "$PATH"' });
      expect([row.state.status, output]).toEqual(['COMPLETED', '/srunx/no/such\n']);
    });

    it.each([
      ['everything with --export=ALL', ['--export=ALL'], '1 2'],
      ['nothing with --export=NONE', ['--export=NONE'], 'unset unset'],
      ['what --export names', ['--export=SRUNX_TEST_A'], '1 unset'],
      ['what --export says', ['--export=ALL,SRUNX_TEST_B=b'], '1 b'],
    ])('%s', async (_, options, expected) => {
      const { output } = await bench().run({
        options,
        env: { SRUNX_TEST_A: '1', SRUNX_TEST_B: '2' },
        script: 'echo "${SRUNX_TEST_A-unset}" "${SRUNX_TEST_B-unset}"',
      });
      expect(output).toBe(`${expected}\n`);
    });

    it('its variables although the script asks for none', async () => {
      const file = '#!/bin/sh\n#SBATCH --export=NONE\necho "${SRUNX_TEST_A-unset}"\n';
      expect((await bench().run({ env: { SRUNX_TEST_A: '1' }, file })).output).toBe('1\n');
      expect((await bench().run({ file })).output).toBe('unset\n');
    });

    it('the directory it was submitted from, or the one it asked for', async () => {
      const cwd = bench().path("a b'$(x)");
      const other = bench().path('other');
      await bench().shell.run({ argv: ['mkdir', '--', cwd, other] });
      const script = 'pwd; echo "$SLURM_SUBMIT_DIR"';
      const plain = await bench().run({ cwd, script });
      const changed = await bench().run({ cwd, script, options: [`--chdir=${other}`] });
      expect([plain.output, changed.output]).toEqual([`${cwd}\n${cwd}\n`, `${other}\n${cwd}\n`]);
    });

    it('to know its id and name', async () => {
      const { output, jobId } = await bench().run({ name: 'a b', script: 'echo "$SLURM_JOB_ID $SLURM_JOB_NAME"' });
      expect(output).toBe(`${jobId} a b\n`);
    });

    it('options from the lines of its script', async () => {
      const log = bench().path('log');
      const file = `#!/bin/sh\n#SBATCH --job-name=inside\n#SBATCH --error=${log}\necho aside >&2; echo out\n`;
      const batch = bench().batch([{ name: 'x', script: '', file }]);
      const [submission] = batch.submissions;
      if (submission === undefined) throw new Error('no submission');
      const options = submission.options.filter((option) => !option.startsWith('--job-name'));
      const report = await bench().cluster.submit({ ...batch, submissions: [{ ...submission, options }] });
      const outcome = report.outcomes.get(submission.token);
      const row = await bench().ended(outcome?.kind === 'submitted' ? outcome.jobId : '');
      expect([row.name, row.state.status, await bench().read(log)]).toEqual(['inside', 'COMPLETED', 'aside\n']);
    });
  });

  describeGroup('a job is shown with', () => {
    it('its facts', async () => {
      const before = Math.floor(Date.now() / 1000) - 1;
      const { row, jobId } = await bench().run({ name: 'facts', script: 'sleep 1', options: ['--time=5'] });
      const after = Date.now() / 1000 + 1;
      const { user } = await bench().cluster.identity();
      expect(row).toMatchObject({
        ...{
          jobId,
          rawId: jobId,
          name: 'facts',
          user,
          nodes: 1,
          timeLimitSeconds: 300,
          restarts: 0,
          source: 'controller',
        },
        state: { status: 'COMPLETED', terminal: true },
        exit: { code: 0, signal: 0 },
        workDir: bench().scratch,
      });
      for (const time of [row.submitTime, row.startTime, row.endTime]) {
        expect(time).toBeGreaterThanOrEqual(before);
        expect(time).toBeLessThanOrEqual(after);
      }
      expect(row.elapsedSeconds).toBeGreaterThanOrEqual(1);
      expect(row.cpus).toBeGreaterThanOrEqual(1);
      expect(row.partition).toMatch(/./);
      expect(row.nodeList).toMatch(/./);
    });

    it('its name and comment, whatever is in them', async () => {
      const drafts = hostileWords
        .filter((word) => word !== '')
        .map((word) => ({ name: word, comment: word, script: 'exit 0', options: ['--output=/dev/null'] }));
      const ids = await bench().submit(drafts);
      const rows = await bench().allEnded(ids);
      const shown = ids.map((jobId) => rows.find((row) => row.jobId === jobId));
      expect(shown.map((row) => row?.name)).toEqual(drafts.map(({ name }) => name));
      expect(shown.map((row) => row?.comment?.replace(/ srunx:\S+$/, ''))).toEqual(drafts.map(({ name }) => name));
      expect(shown.map((row) => row?.state.status)).toEqual(drafts.map(() => 'COMPLETED'));
    });

    it.each(['two\nlines', 'a\x1fb', '\x1b[31m', '1|2|3\n4711|x', `long${'x'.repeat(300)}`])(
      'the name %j, if the cluster takes it',
      async (name) => {
        const batch = bench().batch([{ name, comment: name, script: 'exit 0', options: ['--output=/dev/null'] }]);
        const report = await bench().cluster.submit(batch);
        const outcome = [...report.outcomes.values()][0];
        if (outcome?.kind === 'refused') return expect(outcome.message).toMatch(/./);
        const row = await bench().ended(outcome?.kind === 'submitted' ? outcome.jobId : '');
        expect([row.name, row.comment?.replace(/ srunx:\S+$/, '')]).toEqual([name, name]);
      },
    );
  });

  describeGroup('a job ends as', () => {
    it.each([
      ['COMPLETED', 'exit 0', { code: 0, signal: 0 }, undefined],
      ['FAILED', 'exit 1', { code: 1, signal: 0 }, 'exit'],
      ['FAILED', 'exit 3', { code: 3, signal: 0 }, 'exit'],
      ['FAILED', 'exit 127', { code: 127, signal: 0 }, 'exit'],
      ['FAILED', 'exit 137', { code: 137, signal: 0 }, 'exit'],
      ['FAILED', 'exit 255', { code: 255, signal: 0 }, 'exit'],
      ['FAILED', 'kill -KILL $$', { code: 0, signal: 9 }, 'signal'],
      ['FAILED', 'kill -USR1 $$', { code: 0, signal: 10 }, 'signal'],
    ])('%s after `%s`', async (status, script, exit, failureKind) => {
      const { row } = await bench().run({ script });
      expect([row.state.status, row.exit, row.state.failureKind, row.state.terminal]).toEqual([
        ...[status, exit, failureKind, true],
      ]);
    });

    it('FAILED where the interpreter is missing', async () => {
      const { row } = await bench().run({ file: '#!/srunx/no/such\nexit 0\n' });
      expect([row.state.status, row.state.terminal]).toEqual(['FAILED', true]);
    });

    // The embedded runner counts memory and leaves its use to the machine.
    if (enforcesMemory !== undefined) {
      it('FAILED out of memory', async ({ skip }) => {
        if (!enforcesMemory()) skip('memory is not enforced here');
        const { row } = await bench().run({
          script: 'exec head -c 200000000 /dev/zero | tail',
          options: ['--mem=50M'],
        });
        expect(row.state).toMatchObject({ status: 'FAILED', failureKind: 'oom', terminal: true });
      });
    }
  });

  describeGroup('an array', () => {
    it('runs each of its tasks, with its own index, id and log', async () => {
      const logs = bench().path('logs');
      const script =
        'echo "$SLURM_ARRAY_JOB_ID $SLURM_ARRAY_TASK_ID $SLURM_ARRAY_TASK_COUNT $SLURM_ARRAY_TASK_MIN $SLURM_ARRAY_TASK_MAX"';
      const batch = bench().batch([
        { name: 'array', script, options: ['--array=1-5:2,9', `--output=${logs}/%A_%a.log`] },
      ]);
      await bench().shell.run({ argv: ['mkdir', '-p', logs] });
      const report = await bench().cluster.submit(batch);
      const outcome = [...report.outcomes.values()][0];
      const jobId = outcome?.kind === 'submitted' ? outcome.jobId : '';
      const rows = await bench().allEnded([jobId]);
      expect(rows.map((row) => row.jobId).sort()).toEqual([1, 3, 5, 9].map((index) => `${jobId}_${index}`));
      for (const row of rows) {
        expect(row).toMatchObject({ arrayJobId: jobId, state: { status: 'COMPLETED' }, name: 'array' });
        expect(await bench().read(`${logs}/${row.jobId}.log`)).toBe(`${jobId} ${row.arrayTask} 4 1 9\n`);
      }
      expect(new Set(rows.map(({ rawId }) => rawId)).size).toBe(4);
    });

    it('runs no more tasks at once than its limit', async () => {
      const directory = bench().path('running');
      await bench().shell.run({ argv: ['mkdir', '-m', '777', directory] });
      const script = `cd '${directory}'; : >$SLURM_ARRAY_TASK_ID; ls | wc -l >&2; sleep 0.3; rm $SLURM_ARRAY_TASK_ID`;
      const counts = bench().path('counts');
      const jobId = await bench().submitOne({
        script,
        options: ['--array=0-3%1', `--error=${counts}-%a`],
      });
      const rows = await bench().allEnded([jobId]);
      expect(rows.map(({ state }) => state.status)).toEqual(Array(4).fill('COMPLETED'));
      for (const index of [0, 1, 2, 3]) expect(await bench().read(`${counts}-${index}`)).toMatch(/^\s*1\n$/);
    });

    it('shows its waiting tasks, which its limit keeps from running', async () => {
      const gate = bench().path('gate');
      const jobId = await bench().submitOne({ script: waitForFile(gate), options: ['--array=0-9%1'] });
      await bench().reaches(jobId, 'RUNNING');
      const rows = await bench().rows(jobId);
      expect(rows.filter(({ state }) => state.status === 'RUNNING').map((row) => row.jobId)).toEqual([`${jobId}_0`]);
      const waiting = rows.filter(({ state }) => state.status === 'PENDING');
      expect(waiting.flatMap(indicesOf).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      for (const row of rows) expect(row.arrayJobId).toBe(jobId);
      await bench().cluster.cancel({ jobIds: [jobId] });
    });

    it('ends task by task', async () => {
      const jobId = await bench().submitOne({ script: 'exit $SLURM_ARRAY_TASK_ID', options: ['--array=0-2'] });
      const rows = await bench().allEnded([jobId]);
      const ends = rows.map((row) => [row.arrayTask, row.state.status, row.exit?.code]).sort();
      expect(ends).toEqual([
        ['0', 'COMPLETED', 0],
        ['1', 'FAILED', 1],
        ['2', 'FAILED', 2],
      ]);
    });

    it('of one task is still an array', async () => {
      const jobId = await bench().submitOne({ script: 'exit 0', options: ['--array=7'] });
      const [row] = await bench().allEnded([jobId]);
      expect(row).toMatchObject({ jobId: `${jobId}_7`, arrayJobId: jobId, arrayTask: '7', rawId: jobId });
    });
  });
}

/** A time limit counts whole minutes: the job of this test was submitted before all others, and runs beside them. */
export function describeTimeLimit(bench: () => Bench, jobId: () => string): void {
  it('a job is ended by its time limit', { timeout: 180_000 }, async () => {
    expect(await waitUntil(() => bench().areOver([jobId()]), 170_000)).toBe(true);
    const [row] = await bench().rows(jobId());
    expect(row?.state).toMatchObject({ status: 'TIMEOUT', failureKind: 'timeout', terminal: true });
  });
}

function indicesOf(row: JobObservation): number[] {
  const task = parseJobId(row.jobId)?.task;
  if (task === undefined) return [];
  if (task.kind === 'index') return [task.index];
  return task.set.ranges.flatMap(({ first, last, step }) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, position) => first + position * step),
  );
}
