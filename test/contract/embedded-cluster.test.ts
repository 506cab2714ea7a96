import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SubmissionReport } from '../../src/cluster/cluster.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { type EmbeddedMachine, type JobDraft, startEmbeddedMachine, timeout } from '../support/embedded-machine.ts';
import { describeCluster } from './describe-cluster.ts';

const shared = startEmbeddedMachine({ env: { SRUNX_EMBEDDED_CPUS: '8' } });
afterAll(() => shared[Symbol.asyncDispose]());

describeCluster('embedded in this machine', {
  create: async () => shared.connect(),
  createShell: async () => new LocalShell({ name: 'embedded', env: process.env }),
  ignoresPartitions: true,
});

/** Appends a line, so that every run of a job can be counted. */
const count = (file: string, word = '$SLURM_JOB_ID') => `echo "${word}" >>"${file}"`;

function idOf({ outcomes }: SubmissionReport, token: string): string {
  const outcome = outcomes.get(token);
  if (outcome?.kind !== 'submitted') throw new Error(`${token}: ${JSON.stringify(outcome)}`);
  return outcome.jobId;
}

/** A script that runs until the file is there. */
const waitFor = (file: string) => `while [ ! -e "${file}" ]; do sleep 0.02; done`;

function lines(machine: EmbeddedMachine, name: string): string[] {
  return existsSync(machine.path(name)) ? machine.read(name).trim().split('\n') : [];
}

describe('what a job finds', () => {
  test('hostile names in directories, arguments, variables and log patterns reach it unchanged', async () => {
    await using machine = startEmbeddedMachine();
    const args = ['a b', "a'b", '$(x)', '-rf', 'two\nlines', '日本語'];
    const body = 'printf "<%s>" "$@" "$VAR" "$SLURM_JOB_NAME" "$PWD"; echo error >&2';
    const options = ['--job-name=$(x) é', '--output=lo g/$(x) %x-%j.out', "--error=e'rr/%j"];
    const jobId = await machine.run(body, { args, options, env: { VAR: 'v\n"1"' } });
    expect(await machine.end(jobId)).toBe('COMPLETED');
    const words = [...args, 'v\n"1"', '$(x) é', machine.path('').replace(/\/$/, '')];
    expect(machine.read(`lo g/$(x) $(x) é-${jobId}.out`)).toBe(words.map((word) => `<${word}>`).join(''));
    expect(machine.read(`e'rr/${jobId}`)).toBe('error\n');
  });

  test('the script is the one that was submitted, whatever becomes of the file', async () => {
    await using machine = startEmbeddedMachine();
    writeFileSync(machine.path('mine.sh'), '#!/bin/sh\necho first\n');
    const batch = machine.batch('plan', [{ token: 'a', body: '', options: ['--hold', '--output=log'] }]);
    const submissions = batch.submissions.map((submission) => ({ ...submission, script: machine.path('mine.sh') }));
    const jobId = idOf(await machine.cluster.submit({ ...batch, submissions }), 'a');
    writeFileSync(machine.path('mine.sh'), '#!/bin/sh\necho second\n');
    await machine.cluster.release([jobId]);
    await machine.end(jobId);
    expect(machine.read('log')).toBe('first\n');
  });

  test('a log is emptied by a restart, or appended to where that is asked for', async () => {
    await using machine = startEmbeddedMachine();
    const body = 'echo $SLURM_RESTART_COUNT.';
    const [plain, appending] = [
      await machine.run(body, { options: ['--output=plain'] }),
      await machine.run(body, { options: ['--output=appending', '--open-mode=append'] }),
    ];
    for (const jobId of [plain, appending]) {
      await machine.end(jobId);
      await machine.cluster.requeue([jobId]);
      await machine.until(jobId, ({ restarts, state }) => restarts === 1 && state.terminal);
    }
    expect([machine.read('plain'), machine.read('appending')]).toEqual(['1.\n', '.\n1.\n']);
  });

  test('a log that cannot be written fails the job, and says why', async () => {
    await using machine = startEmbeddedMachine();
    writeFileSync(machine.path('file'), '');
    const jobId = await machine.run(count(machine.path('ran')), { options: ['--output=file/log'] });
    await machine.end(jobId);
    const [row] = await machine.rows(jobId);
    expect(row).toMatchObject({ state: { status: 'FAILED', failureKind: 'launch' } });
    expect(row?.reason).toMatch(/EEXIST|ENOTDIR/);
    expect(lines(machine, 'ran')).toEqual([]);
  });

  test('files are made with the umask of the submission', async () => {
    await using machine = startEmbeddedMachine();
    const before = process.umask(0o027);
    try {
      const jobId = await machine.run('umask', { options: ['--output=made/log'] });
      await machine.end(jobId);
      expect(machine.read('made/log')).toBe('0027\n');
      expect(statSync(machine.path('made/log')).mode & 0o777).toBe(0o640);
    } finally {
      process.umask(before);
    }
  });

  test('each GPU is given to one job at a time', async () => {
    await using machine = startEmbeddedMachine();
    const body = `echo "$CUDA_VISIBLE_DEVICES" >>gpus; ${waitFor('done')}`;
    const report = await machine.submit(['a', 'b', 'c'].map((token) => ({ token, body, options: ['--gpus=1'] })));
    await expect.poll(() => lines(machine, 'gpus').toSorted(), { timeout }).toEqual(['0', '1']);
    expect(await machine.rows(idOf(report, 'c'))).toMatchObject([{ state: { raw: 'PENDING' }, reason: 'Resources' }]);
    const [node] = (await machine.cluster.inventory()).nodes;
    expect(node).toMatchObject({ gpus: [{ total: 2, used: 2 }], cpus: { total: 4, allocated: 2 } });
    writeFileSync(machine.path('done'), '');
    expect(await machine.end(idOf(report, 'c'))).toBe('COMPLETED');
  });
});

describe('order', () => {
  test('a workflow of every kind of edge ends as its edges say', async () => {
    await using machine = startEmbeddedMachine();
    const edge = (type: 'afterok' | 'afterany' | 'afternotok' | 'after', token: string) => [{ type, token }];
    const report = await machine.submit([
      { token: 'good', body: 'exit 0' },
      { token: 'bad', body: 'exit 1' },
      { token: 'ok-good', body: ':', dependencies: edge('afterok', 'good') },
      { token: 'ok-bad', body: ':', dependencies: edge('afterok', 'bad') },
      { token: 'any-bad', body: ':', dependencies: edge('afterany', 'bad') },
      { token: 'not-bad', body: ':', dependencies: edge('afternotok', 'bad') },
      { token: 'not-good', body: ':', dependencies: edge('afternotok', 'good') },
      { token: 'after-bad', body: ':', dependencies: edge('after', 'bad') },
      { token: 'after-skipped', body: ':', dependencies: edge('afterok', 'ok-bad') },
    ]);
    const ends: Record<string, string> = {};
    for (const token of report.outcomes.keys()) ends[token] = await machine.end(idOf(report, token));
    expect(ends).toEqual({
      good: 'COMPLETED',
      bad: 'FAILED',
      'ok-good': 'COMPLETED',
      'ok-bad': 'CANCELLED',
      'any-bad': 'COMPLETED',
      'not-bad': 'COMPLETED',
      'not-good': 'CANCELLED',
      'after-bad': 'COMPLETED',
      'after-skipped': 'CANCELLED',
    });
    expect(await machine.rows(idOf(report, 'ok-bad'))).toMatchObject([{ reason: 'DependencyNeverSatisfied' }]);
  });

  test('arrays hand over task by task, within their limits', async () => {
    await using machine = startEmbeddedMachine();
    const report = await machine.submit([
      { token: 'a', body: '[ "$SLURM_ARRAY_TASK_ID" != 2 ]', options: ['--array=0-3'] },
      {
        token: 'b',
        body: 'echo + >>seen; sleep 0.1; echo - >>seen',
        options: ['--array=0-3%1'],
        dependencies: [{ type: 'aftercorr', token: 'a' }],
      },
    ]);
    await machine.end(idOf(report, 'b'));
    const states = (await machine.rows(idOf(report, 'b'))).map(({ arrayTask, state }) => `${arrayTask} ${state.raw}`);
    expect(states).toEqual(['0 COMPLETED', '1 COMPLETED', '2 CANCELLED', '3 COMPLETED']);
    expect(lines(machine, 'seen').join('')).toBe('+-+-+-');
  });

  test('an array shows what waits as one row', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(waitFor('done'), { options: ['--array=1-9:2%2'] });
    await machine.until(`${jobId}_3`, ({ state }) => state.raw === 'RUNNING');
    const rows = (await machine.rows(jobId)).map((row) => `${row.jobId} ${row.state.raw} ${row.reason ?? ''}`.trim());
    expect(rows).toEqual([`${jobId}_1 RUNNING`, `${jobId}_3 RUNNING`, `${jobId}_[5,7,9%2] PENDING JobArrayTaskLimit`]);
    writeFileSync(machine.path('done'), '');
    expect(await machine.end(jobId)).toBe('COMPLETED COMPLETED COMPLETED COMPLETED COMPLETED');
  });

  test('a job waits for its time', async () => {
    await using machine = startEmbeddedMachine();
    const submitted = Date.now();
    const jobId = await machine.run('date +%s%3N', { options: ['--begin=now+1', '--output=log'] });
    expect(await machine.rows(jobId)).toMatchObject([{ reason: 'BeginTime' }]);
    await machine.end(jobId);
    expect(Number(machine.read('log'))).toBeGreaterThanOrEqual(submitted + 1_000);
  });

  test('a held job waits until it is released, and no runner stays for it', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(':', { options: ['--hold'] });
    expect(await machine.rows(jobId)).toMatchObject([{ reason: 'JobHeldUser' }]);
    await expect.poll(() => machine.runner(), { timeout }).toBeUndefined();
    expect(await machine.rows(jobId)).toMatchObject([{ reason: 'JobHeldUser' }]);
    expect(machine.runner()).toBeUndefined();
    await machine.cluster.release([jobId]);
    expect(await machine.end(jobId)).toBe('COMPLETED');
  });

  test('a job that waits can be held, and another name on its turn goes first', async () => {
    await using machine = startEmbeddedMachine();
    const first = await machine.run(waitFor('done'), { options: ['--exclusive'] });
    const second = await machine.run('echo second >>order');
    const third = await machine.run('echo third >>order');
    await machine.cluster.hold([second]);
    writeFileSync(machine.path('done'), '');
    await machine.end(first);
    await machine.end(third);
    await machine.cluster.release([second]);
    await machine.end(second);
    expect(lines(machine, 'order')).toEqual(['third', 'second']);
  });
});

describe('ending jobs', () => {
  test('a running job is told to end, and may clean up', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(`trap 'echo cleaned >>seen; exit 0' TERM; echo up >>seen; ${waitFor('never')}`);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    expect(await machine.cluster.cancel({ jobIds: [jobId] })).toMatchObject([{ jobId, outcome: 'cancelled' }]);
    expect(await machine.end(jobId)).toBe('CANCELLED');
    expect(lines(machine, 'seen')).toEqual(['up', 'cleaned']);
  });

  test('one that does not listen is killed after the grace, with all that it started', async () => {
    await using machine = startEmbeddedMachine();
    const body = `trap '' TERM; sh -c 'trap "" TERM; sleep 600' & setsid sh -c 'echo other session' & echo up >>seen; wait; ${waitFor('never')}`;
    const jobId = await machine.run(body);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    const [result] = await machine.cluster.cancel({ jobIds: [jobId], verifyMs: 5_000 });
    expect(result).toMatchObject({ outcome: 'cancelled', state: 'CANCELLED' });
    const [row] = await machine.rows(jobId);
    expect(row?.exit).toEqual({ code: 0, signal: 9 });
    await expect
      .poll(() => machine.processes().filter(({ command }) => !command.includes('embedded-runner')), { timeout })
      .toEqual([]);
  });

  test('only the tasks that are named are hit', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(waitFor('done'), { options: ['--array=0-5'] });
    await machine.until(`${jobId}_3`, ({ state }) => state.raw === 'RUNNING');
    const results = await machine.cluster.cancel({ jobIds: [`${jobId}_1`, `${jobId}_[4-5]`, '999'] });
    expect(results.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled', 'not_found']);
    writeFileSync(machine.path('done'), '');
    expect(await machine.end(jobId)).toBe('COMPLETED CANCELLED COMPLETED COMPLETED CANCELLED CANCELLED');
    expect(await machine.cluster.cancel({ jobIds: [`${jobId}_0`] })).toMatchObject([
      { outcome: 'already_finished', state: 'COMPLETED' },
    ]);
  });

  test('a signal reaches the job and does not end it', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(`trap 'echo usr1 >>seen' USR1; echo up >>seen; ${waitFor('done')}`);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    expect(await machine.cluster.cancel({ jobIds: [jobId], signalName: 'USR1' })).toMatchObject([
      { outcome: 'signalled' },
    ]);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up', 'usr1']);
    writeFileSync(machine.path('done'), '');
    expect(await machine.end(jobId)).toBe('COMPLETED');
  });

  test('KILL needs no grace; what has not started cannot be signalled', async () => {
    await using machine = startEmbeddedMachine({ runner: { lingerMs: 200, killWaitMs: 600_000 } });
    const jobId = await machine.run(`trap '' TERM; echo up >>seen; ${waitFor('never')}`, { options: ['--exclusive'] });
    const waiting = await machine.run(':');
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    expect(await machine.cluster.cancel({ jobIds: [waiting], signalName: 'USR1' })).toMatchObject([
      { outcome: 'failed', state: 'PENDING' },
    ]);
    expect(await machine.cluster.cancel({ jobIds: [jobId], signalName: 'KILL' })).toMatchObject([
      { outcome: 'cancelled' },
    ]);
    expect(await machine.end(waiting)).toBe('COMPLETED');
  });

  test('a job can be told to end while the queue cannot be written', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(`echo up >>seen; ${waitFor('never')}`, { options: ['--exclusive'] });
    const waiting = await machine.run(':');
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    using queue = machine.queue();
    queue.exec('BEGIN IMMEDIATE');
    const results = await machine.cluster.cancel({ jobIds: [jobId, waiting] });
    queue.exec('COMMIT');
    expect(results).toMatchObject([
      { outcome: 'signalled', state: 'RUNNING', message: expect.stringContaining('cannot be written') },
      { outcome: 'failed', state: 'PENDING' },
    ]);
    expect(await machine.end(jobId)).toBe('FAILED');
    expect(await machine.end(waiting)).toBe('COMPLETED');
  });

  test('a time limit is announced, kept, and survives the runner', async () => {
    await using machine = startEmbeddedMachine();
    const body = `trap 'echo usr1 >>seen' USR1; trap 'echo term >>seen; exit 0' TERM; echo up >>seen; ${waitFor('never')}`;
    const jobId = await machine.run(body, { options: ['--hold', '--time=1', '--signal=B:USR1@1', '-olog'] });
    // Slurm counts limits in minutes: the test is not to take that long.
    await machine.killRunner();
    using queue = machine.queue();
    queue.exec(`UPDATE job SET spec = json_set(spec, '$.timeLimitSeconds', 2)`);
    await machine.cluster.release([jobId]);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    await machine.killRunner();
    expect(await machine.end(jobId)).toBe('TIMEOUT');
    expect(lines(machine, 'seen')).toEqual(['up', 'usr1', 'term']);
    const [row] = await machine.rows(jobId);
    expect(row).toMatchObject({ state: { failureKind: 'timeout' }, reason: 'TimeLimit' });
    const notice = new RegExp(
      `^srunx: error: \\*{3} JOB ${jobId} ON \\S+ CANCELLED AT \\S+Z DUE TO TIME LIMIT \\*{3}$`,
    );
    expect(machine.read('log').split('\n')).toContainEqual(expect.stringMatching(notice));
  });

  test('a requeue ends the attempt and starts the next under the same id; children wait for the last one', async () => {
    await using machine = startEmbeddedMachine();
    const body = `echo "$SLURM_JOB_ID $SLURM_RESTART_COUNT" >>seen; [ -n "$SLURM_RESTART_COUNT" ] || ${waitFor('never')}`;
    const report = await machine.submit([
      { token: 'a', body },
      { token: 'b', body: 'echo child >>seen', dependencies: [{ type: 'afterok', token: 'a' }] },
    ]);
    const jobId = idOf(report, 'a');
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual([jobId]);
    await machine.cluster.requeue([jobId]);
    expect(await machine.end(idOf(report, 'b'))).toBe('COMPLETED');
    expect(lines(machine, 'seen')).toEqual([`${jobId} `, `${jobId} 1`, 'child']);
    await expect(machine.cluster.requeue(['999'])).rejects.toMatchObject({ code: 'job.not_found' });
    const stubborn = await machine.run(':', { options: ['--no-requeue'] });
    await machine.end(stubborn);
    await expect(machine.cluster.requeue([stubborn])).rejects.toMatchObject({ code: 'embedded.no_requeue' });
  });
});

describe('submission', () => {
  const refused: JobDraft = { token: 'bad', body: ':', options: ['--gpus=9'] };

  test('what is larger than the machine gets the whole of it, and the report says so', async () => {
    await using machine = startEmbeddedMachine();
    const drafts = ['--cpus-per-task=1000', '--mem=9999G', '--cpus-per-task=1'].map((option, index) => ({
      ...{ token: `job-${index}`, body: ':', options: [option] },
    }));
    const report = await machine.submit(drafts);
    expect(report.remarks).toEqual([
      expect.stringMatching(
        /^2 jobs ask for more than this machine has \(1 node, 4 CPUs, \d+ MB of memory\) and will get/,
      ),
    ]);
    for (const { token } of drafts) expect(await machine.end(idOf(report, token))).toBe('COMPLETED');
    expect((await machine.submit([{ token: 'small', body: ':' }])).remarks).toBeUndefined();
  });

  test('a refusal keeps the whole batch out, and is remembered', async () => {
    await using machine = startEmbeddedMachine();
    const jobs = [{ token: 'good', body: count('ran') }, refused, { token: 'other', body: count('ran') }];
    const report = await machine.submit(jobs, { name: 'plan' });
    expect(report.phase).toBe('refused');
    expect(report.outcomes.get('bad')).toMatchObject({
      kind: 'refused',
      exitCode: 1,
      message: expect.stringContaining('9 GPUs'),
    });
    expect([report.outcomes.get('good'), report.outcomes.get('other')]).toEqual([
      { kind: 'withdrawn' },
      { kind: 'withdrawn' },
    ]);
    expect(await machine.cluster.inspectSubmission(machine.batch('plan', jobs))).toEqual(report);
    expect(await machine.cluster.resumeSubmission(machine.batch('plan', jobs))).toEqual(report);
    expect((await machine.cluster.observe({ scope: 'all' })).jobs).toEqual([]);
    expect(machine.runner()).toBeUndefined();
  });

  test.each<[string, Partial<JobDraft>, RegExp]>([
    ['an unknown parent', { dependencies: [{ type: 'afterok', jobId: '77' }] }, /77/],
    ['a directory that is not there', { cwd: '/no/such/place' }, /no directory/],
  ])('%s is refused', async (_case, changes, message) => {
    await using machine = startEmbeddedMachine();
    const report = await machine.submit([{ token: 'a', body: ':', ...changes }]);
    expect(report.outcomes.get('a')).toMatchObject({ kind: 'refused', message: expect.stringMatching(message) });
  });

  test('the same batch from several clients at once is submitted once', async () => {
    await using machine = startEmbeddedMachine();
    const batch = machine.batch('plan', [
      { token: 'a', body: count('ran') },
      { token: 'b', body: count('ran'), dependencies: [{ type: 'afterok', token: 'a' }] },
    ]);
    const reports = await Promise.all([1, 2, 3, 4].map(() => machine.connect().submit(batch)));
    expect(new Set(reports.map((report) => `${idOf(report, 'a')} ${idOf(report, 'b')}`)).size).toBe(1);
    const [first] = reports;
    if (first === undefined) throw new Error('no report');
    await machine.end(idOf(first, 'b'));
    expect(lines(machine, 'ran')).toHaveLength(2);
  });

  test('different batches from several clients at once get numbers of their own', async () => {
    await using machine = startEmbeddedMachine();
    const reports = await Promise.all(
      Array.from({ length: 6 }, (_, index) => {
        const jobs = Array.from({ length: 5 }, (_entry, job) => ({ token: `t${index}-${job}`, body: count('ran') }));
        return machine.connect().submit(machine.batch(`plan ${index}`, jobs));
      }),
    );
    const ids = reports.flatMap((report) => [...report.outcomes.keys()].map((token) => idOf(report, token)));
    expect(new Set(ids).size).toBe(30);
    for (const jobId of ids) expect(await machine.end(jobId)).toBe('COMPLETED');
    expect(lines(machine, 'ran').toSorted()).toEqual(ids.toSorted());
  });

  test('a batch whose client died before it was in the queue is submitted by whoever comes next, without its contents', async () => {
    await using machine = startEmbeddedMachine();
    const batch = machine.batch('plan', [{ token: 'a', body: count('ran'), env: { A: '1' } }]);
    const queueOf = machine.connect();
    // What is on disk after a kill between writing the directory and the transaction.
    await queueOf.submit(batch);
    const id = idOf(await queueOf.inspectSubmission(batch), 'a');
    await machine.end(id);
    using queue = machine.queue();
    queue.exec('DELETE FROM job; DELETE FROM submission');
    rmSync(join(batch.directory, 'jobs.json'));
    const bare = {
      directory: batch.directory,
      submissions: batch.submissions.map(({ token }) => ({
        token,
        script: '',
        args: [],
        options: [],
        dependencies: [],
        env: {},
        cwd: '/',
      })),
    };
    expect(await machine.cluster.inspectSubmission(bare)).toMatchObject({ phase: 'stopped' });
    const report = await machine.cluster.resumeSubmission(bare);
    expect(await machine.end(idOf(report, 'a'))).toBe('COMPLETED');
    expect(lines(machine, 'ran')).toHaveLength(2);
  });

  test('after the queue was lost, nothing is submitted again: the ids are in the plan directory', async () => {
    await using machine = startEmbeddedMachine();
    const jobs = [{ token: 'a', body: count('ran') }];
    const batch = machine.batch('plan', jobs);
    const jobId = idOf(await machine.submit(jobs, { name: 'plan' }), 'a');
    await machine.end(jobId);
    await expect.poll(() => machine.runner(), { timeout }).toBeUndefined();
    rmSync(machine.stateDir, { recursive: true });
    await using later = machine.connect();
    expect(await later.submit(batch)).toMatchObject({ phase: 'done' });
    expect(idOf(await later.inspectSubmission(batch), 'a')).toBe(jobId);
    // Not even that is left: nobody can tell, so nobody submits.
    rmSync(join(batch.directory, 'jobs.json'));
    for (const report of [
      await later.inspectSubmission(batch),
      await later.submit(batch),
      await later.resumeSubmission(batch),
    ]) {
      expect(report).toMatchObject({ phase: 'stopped' });
      expect(report.outcomes.get('a')).toMatchObject({ kind: 'unknown' });
    }
    expect(lines(machine, 'ran')).toHaveLength(1);
  });

  test('a directory from which nothing was ever submitted is absent', async () => {
    await using machine = startEmbeddedMachine();
    const batch = machine.batch('plan', [{ token: 'a', body: ':' }]);
    expect(await machine.cluster.inspectSubmission(batch)).toEqual({ phase: 'absent', outcomes: new Map() });
    expect(await machine.cluster.resumeSubmission(batch)).toEqual({ phase: 'absent', outcomes: new Map() });
  });

  test('the plan directory keeps the values of variables to its owner', async () => {
    await using machine = startEmbeddedMachine();
    await machine.submit([{ token: 'a', body: ':', env: { SECRET: 'x' } }], { name: 'plan' });
    expect(statSync(join(machine.directory, 'plan', 'handover.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(machine.directory, 'plan')).mode & 0o777).toBe(0o700);
  });
});

describe('the runner', () => {
  test('looking at an empty queue makes nothing', async () => {
    await using machine = startEmbeddedMachine();
    expect((await machine.cluster.observe({ scope: 'me' })).jobs).toEqual([]);
    expect(await machine.cluster.accounting({ jobIds: ['1'], since: 0 })).toEqual([]);
    expect(await machine.cluster.cancel({ jobIds: ['1'] })).toMatchObject([{ outcome: 'not_found' }]);
    expect(existsSync(machine.stateDir)).toBe(false);
  });

  test('leaves when nothing is left to do, and what has ended stays known', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run('exit 3');
    await machine.end(jobId);
    await expect.poll(() => machine.runner(), { timeout }).toBeUndefined();
    expect(machine.processes()).toEqual([]);
    expect(existsSync(join(machine.stateDir, 'jobs', jobId))).toBe(false);
    expect(await machine.cluster.accounting({ jobIds: [jobId], since: 0 })).toMatchObject([
      { source: 'accounting', state: { raw: 'FAILED' }, exit: { code: 3, signal: 0 } },
    ]);
  });

  test('is one, however many clients need it at once', async () => {
    await using machine = startEmbeddedMachine({ runner: { lingerMs: 2_000 } });
    await Promise.all(
      [1, 2, 3, 4, 5].map((index) =>
        machine.connect().submit(machine.batch(`plan ${index}`, [{ token: `t${index}`, body: 'sleep 0.5' }])),
      ),
    );
    await expect
      .poll(() => machine.processes().filter(({ command }) => command.includes('embedded-runner')).length, { timeout })
      .toBe(1);
  });

  test('that cannot be started is an error with its last words, and what was submitted waits', async () => {
    await using machine = startEmbeddedMachine();
    const broken = machine.connect({ runnerCommand: ['/bin/sh', '-c', 'echo no such luck >&2; exit 9', 'runner'] });
    const submitting = broken.submit(machine.batch('plan', [{ token: 'a', body: ':' }]));
    await expect(submitting).rejects.toMatchObject({
      code: 'embedded.runner_not_started',
      detail: expect.stringContaining('no such luck'),
    });
    const missing = machine.connect({ runnerCommand: ['/no/such/program'] });
    await expect(missing.observe({ scope: 'me' })).rejects.toMatchObject({ code: 'embedded.runner_not_started' });
    const [row] = (await machine.cluster.observe({ scope: 'me' })).jobs;
    expect(await machine.end(row?.jobId ?? '')).toBe('COMPLETED');
  });

  test('steps back when its queue is taken away', async () => {
    await using machine = startEmbeddedMachine({ runner: { lingerMs: 600_000 } });
    await machine.end(await machine.run(':'));
    expect(machine.runner()).toBeDefined();
    rmSync(machine.stateDir, { recursive: true });
    await expect.poll(() => machine.processes(), { timeout }).toEqual([]);
    expect(existsSync(machine.stateDir)).toBe(false);
  });

  test('steps back for a newer srunx', async () => {
    await using machine = startEmbeddedMachine({ runner: { lingerMs: 600_000 } });
    await machine.end(await machine.run(':'));
    using queue = machine.queue();
    queue.exec('PRAGMA user_version = 99');
    await expect(machine.connect().observe({ scope: 'me' })).rejects.toMatchObject({ code: 'embedded.newer_schema' });
    const now = new Date();
    const { utimesSync } = await import('node:fs');
    utimesSync(join(machine.stateDir, 'wake'), now, now);
    await expect.poll(() => machine.runner(), { timeout }).toBeUndefined();
  });
});

describe('whatever is killed', () => {
  test('kill -9 of the runner at random moments: nothing is lost, nothing runs twice', async () => {
    await using machine = startEmbeddedMachine();
    const jobs: JobDraft[] = Array.from({ length: 60 }, (_, index) => ({
      token: `t${index}`,
      body: `echo "+$SLURM_JOB_ID" >>seen; sleep 0.0${index % 7}; echo "-$SLURM_JOB_ID" >>seen; exit ${index % 3}`,
      dependencies: index % 5 === 4 ? [{ type: 'afterany', token: `t${index - 1}` }] : [],
    }));
    const report = await machine.submit([
      ...jobs,
      { token: 'array', body: 'echo "+$SLURM_JOB_ID" >>seen', options: ['--array=0-19%3'] },
    ]);
    let kills = 0;
    for (let open = true; open; ) {
      const seen = (await machine.cluster.observe({ scope: 'me' })).jobs;
      open = seen.some(({ state }) => !state.terminal);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      if (open && machine.runner() !== undefined) {
        await machine.killRunner();
        kills += 1;
      }
    }
    expect(kills).toBeGreaterThan(5);
    const ids = jobs.map(({ token }) => idOf(report, token));
    const states = new Map((await machine.cluster.observe({ scope: 'me' })).jobs.map((row) => [row.jobId, row]));
    expect(ids.map((id) => states.get(id)?.exit?.code)).toEqual(jobs.map((_, index) => index % 3));
    const seen = lines(machine, 'seen');
    const starts = seen.filter((line) => line.startsWith('+'));
    expect(new Set(starts).size).toBe(80);
    expect(starts).toHaveLength(80);
    expect(seen.filter((line) => line.startsWith('-'))).toHaveLength(60);
    expect(
      [...states.values()].filter(({ arrayJobId, state }) => arrayJobId !== undefined && state.raw === 'COMPLETED'),
    ).toHaveLength(20);
  }, 120_000);

  test('a job goes on without its runner, and the next one learns how it ended', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(`echo up >>seen; ${waitFor('done')}; exit 7`);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    await machine.killRunner();
    writeFileSync(machine.path('done'), '');
    await expect.poll(() => machine.processes(), { timeout }).toEqual([]);
    // One look starts a runner, and shows the truth already.
    expect((await machine.cluster.observe({ scope: 'me' })).jobs).toMatchObject([
      { state: { raw: 'FAILED' }, exit: { code: 7, signal: 0 } },
    ]);
    expect(lines(machine, 'seen')).toEqual(['up']);
    expect(await machine.rows(jobId)).toHaveLength(1);
  });

  test('a job that runs can be cancelled after its runner was killed', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(`echo up >>seen; ${waitFor('never')}`);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    await machine.killRunner();
    expect(await machine.cluster.cancel({ jobIds: [jobId] })).toMatchObject([{ outcome: 'cancelled' }]);
    expect(await machine.end(jobId)).toBe('CANCELLED');
  });

  function shimOf(machine: EmbeddedMachine, jobId: string): number {
    using queue = machine.queue();
    return Number(
      queue.prepare(`SELECT state ->> '$.process.pid' AS pid FROM task WHERE raw_id = ?`).get(Number(jobId))?.['pid'],
    );
  }

  test.each([
    ['with its runner', true],
    ['and its runner before it', false],
  ])('kill -9 of a shim %s: the job is lost to the node, and nothing of it goes on', async (_case, runnerLives) => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(`echo up >>seen; ${waitFor('never')}`);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    if (!runnerLives) await machine.killRunner();
    process.kill(shimOf(machine, jobId), 'SIGKILL');
    expect(await machine.end(jobId)).toBe('NODE_FAIL');
    await expect
      .poll(() => machine.processes().filter(({ command }) => !command.includes('embedded-runner')), { timeout })
      .toEqual([]);
    expect(await machine.rows(jobId)).toMatchObject([{ state: { failureKind: 'node_fail' } }]);
  });

  test('a job that may be requeued starts again when its shim is killed', async () => {
    await using machine = startEmbeddedMachine();
    const body = `echo up >>seen; [ -n "$SLURM_RESTART_COUNT" ] || ${waitFor('never')}`;
    const jobId = await machine.run(body, { options: ['--requeue'] });
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    process.kill(shimOf(machine, jobId), 'SIGKILL');
    expect(await machine.end(jobId)).toBe('COMPLETED');
    expect(lines(machine, 'seen')).toEqual(['up', 'up']);
  });

  test('a restart of the machine: what ran is lost, what waited runs, what had not begun begins', async () => {
    await using machine = startEmbeddedMachine();
    const report = await machine.submit([
      { token: 'ran', body: `echo ran >>seen; ${waitFor('never')}`, options: ['--exclusive'] },
      { token: 'next', body: 'echo next >>seen', dependencies: [{ type: 'afternotok', token: 'ran' }] },
      { token: 'fresh', body: 'echo fresh >>seen', dependencies: [{ type: 'afternotok', token: 'ran' }] },
    ]);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['ran']);
    await machine.killRunner();
    for (const { pid } of machine.processes()) process.kill(pid, 'SIGKILL');
    await expect.poll(() => machine.processes(), { timeout }).toEqual([]);
    // Recorded as running by the runner that died with the machine, and its shim had not got the word.
    using queue = machine.queue();
    const state = JSON.stringify({
      kind: 'running',
      process: { pid: 1, start: 'an earlier boot:1' },
      startedAt: Date.now(),
      gpus: [],
      warned: false,
    });
    queue
      .prepare(`UPDATE task SET kind = 'running', state = ? WHERE raw_id = ?`)
      .run(state, Number(idOf(report, 'fresh')));
    expect(await machine.end(idOf(report, 'ran'))).toBe('NODE_FAIL');
    expect(await machine.end(idOf(report, 'next'))).toBe('COMPLETED');
    expect(await machine.end(idOf(report, 'fresh'))).toBe('COMPLETED');
    expect(lines(machine, 'seen').toSorted()).toEqual(['fresh', 'next', 'ran']);
  });

  test.each([
    ['a process', 'sleep 600'],
    ['a group whose leader has ended', 'sleep 600 &'],
  ])('a number that belongs to %s by now is left alone', async (_case, command) => {
    await using machine = startEmbeddedMachine();
    const other = spawn('sh', ['-c', `${command}`], { detached: true, stdio: 'ignore' });
    const group = Number(other.pid);
    await using _end = { [Symbol.asyncDispose]: async () => void process.kill(-group, 'SIGKILL') };
    if (command.endsWith('&')) await once(other, 'exit');
    const jobId = await machine.run(':', { options: ['--hold'] });
    await machine.killRunner();
    using queue = machine.queue();
    const state = JSON.stringify({
      kind: 'running',
      process: { pid: group, start: 'an earlier boot:1' },
      startedAt: Date.now(),
      gpus: [],
      warned: false,
    });
    queue.prepare(`UPDATE task SET kind = 'running', state = ? WHERE raw_id = ?`).run(state, Number(jobId));
    mkdirSync(join(machine.stateDir, 'jobs', jobId), { recursive: true });
    writeFileSync(join(machine.stateDir, 'jobs', jobId, `${jobId}.0`), 'begin\n');
    expect(await machine.end(jobId)).toBe('NODE_FAIL');
    expect(() => process.kill(-group, 0)).not.toThrow();
  });

  test.each([false, true])(
    'an end that was written down and not carried out is carried out by the next (killed: %s)',
    async (killed) => {
      await using machine = startEmbeddedMachine({ runner: { lingerMs: 200, killWaitMs: 600_000 } });
      const trap = killed ? `trap '' TERM;` : '';
      const jobId = await machine.run(`${trap} echo up >>seen; ${waitFor('never')}`);
      await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
      await machine.killRunner();
      using queue = machine.queue();
      const ending = JSON.stringify({ cause: 'cancel', since: Date.now(), killed });
      queue.prepare(`UPDATE task SET state = json_set(state, '$.ending', json(?))`).run(ending);
      expect(await machine.end(jobId)).toBe('CANCELLED');
    },
  );

  test('commands written while no runner lived are carried out by the next', async () => {
    await using machine = startEmbeddedMachine();
    const jobId = await machine.run(`echo up >>seen; ${waitFor('never')}`);
    await expect.poll(() => lines(machine, 'seen'), { timeout }).toEqual(['up']);
    await machine.killRunner();
    using queue = machine.queue();
    queue
      .prepare('INSERT INTO command (body) VALUES (?)')
      .run(JSON.stringify({ kind: 'cancel', tasks: [Number(jobId)] }));
    expect(await machine.end(jobId)).toBe('CANCELLED');
    expect(readFileSync(join(machine.stateDir, 'runner.log'), 'utf8')).toBe('');
  });
});
