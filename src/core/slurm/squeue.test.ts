import { describe, expect, it } from 'vitest';
import { expectedRows, summarize } from '../../../test/support/recorded-jobs.ts';
import {
  controlMarks,
  randomMarks,
  readFixture,
  readJobIds,
  recordedFields,
  releases,
} from '../../../test/support/slurm-fixtures.ts';
import type { JobObservation } from './job-observation.ts';
import { splitRecords } from './marked-text.ts';
import { parseSqueue, squeueArgs, squeueFields } from './squeue.ts';

const nodesOnly = ['node_fail', 'node_fail_requeued'];

describe.each(releases)('squeue of %s', (release) => {
  const ids = readJobIds(release);
  const id = (key: string, part = ''): string => `${ids.get(key)}${part}`;
  const parse = (name: string, marks = controlMarks): JobObservation[] =>
    parseSqueue(readFixture(release, name), { marks, fields: recordedFields });
  const jobs = parse('recipe-squeue-marker.txt', randomMarks);
  const byId = new Map(jobs.map((job) => [job.jobId, job]));
  const rows = expectedRows(release);
  const mine = rows.filter(({ key }) => key !== 'other_user');

  it('is expected for every recorded job', () => {
    expect(new Set(rows.map(({ key }) => key))).toEqual(
      new Set([...ids.keys()].filter((key) => !nodesOnly.includes(key))),
    );
  });

  it.each(mine.map((row) => ({ ...row, label: `${row.key}${row.part}` })))(
    'reads $label',
    ({ key, part, controller }) => {
      const job = byId.get(id(key, part));
      expect(job && summarize(job)).toEqual(controller);
    },
  );

  it('has no other rows, whatever a name forges', () => {
    expect(jobs.map(({ jobId }) => jobId).sort()).toEqual(mine.map(({ key, part }) => id(key, part)).sort());
  });

  it('loses nothing but the forging name where the marks can be guessed', () => {
    const guessed = new Map(parse('recipe-squeue.txt').map((job) => [job.jobId, job]));
    expect([...guessed.keys()].sort()).toEqual([...byId.keys()].sort());
    for (const { key, part, controller } of mine) {
      const job = guessed.get(id(key, part));
      const name = key === 'name_forged_row' ? 'x' : controller.name;
      expect(job?.name, key).toBe(name);
    }
  });

  it('lists the jobs of other users too', () => {
    const all = parse('recipe-squeue-all-users.txt');
    expect(all).toHaveLength(jobs.length + 1);
    expect(all.find(({ jobId }) => jobId === id('other_user'))).toMatchObject({ user: 'other', partition: 'gpu' });
  });

  it('knows a failed node from a requeue', () => {
    const later = parse('nodes-recipe-squeue.txt');
    const find = (key: string): JobObservation | undefined => later.find(({ jobId }) => jobId === id(key));
    expect(find('node_fail')?.state).toMatchObject({ status: 'FAILED', terminal: true, failureKind: 'node_fail' });
    expect(find('node_fail')?.reason).toBe('NodeDown');
    expect(find('node_fail_requeued')).toMatchObject({ state: { status: 'PENDING' }, restarts: 1 });
  });

  it.each([
    ['train', { nodes: 2, cpus: 4, gpus: 4, nodeList: 'c[1-2]', partition: 'gpu', timeLimitSeconds: 172_800 }],
    ['wait_resources', { nodes: 2, cpus: 2, gpus: 4 }],
    ['gpus_total', { nodes: 1, gpus: 1 }],
    ['gpus_per_task', { gpus: 1 }],
    ['gpus_typed', { gpus: 1 }],
    ['wait_gpus_total', { gpus: 4 }],
    ['completed', { gpus: 0, user: 'user', workDir: '/home/user', timeLimitSeconds: 3_600 }],
    ['wait_partition_limit', { timeLimitSeconds: 30 * 86_400, elapsedSeconds: 0 }],
  ])('counts what %s takes', (key, expected) => expect(byId.get(id(key))).toMatchObject(expected));

  it('ties every task and component to its whole as Slurm itself does', () => {
    const raw = [...splitRecords(readFixture(release, 'recipe-squeue-marker.txt'), { marks: randomMarks, count: 24 })];
    expect(raw).toHaveLength(jobs.length);
    for (const [jobId = '', , arrayJobId, arrayTask, hetJobId, hetOffset] of raw) {
      const job = byId.get(jobId);
      const isTask = arrayTask !== 'N/A';
      expect([job?.arrayJobId, job?.arrayTask], jobId).toEqual(
        isTask ? [arrayJobId, arrayTask] : [undefined, undefined],
      );
      expect(job?.hetJobId ?? 'N/A', jobId).toBe(hetJobId);
      expect(`${job?.hetOffset ?? 'N/A'}`, jobId).toBe(hetOffset);
    }
    expect(jobs.filter((job) => job.arrayTask !== undefined).length).toBeGreaterThan(20);
    expect(jobs.filter((job) => job.hetOffset !== undefined)).toHaveLength(7);
  });

  it('knows the number of a task or component of its own', () => {
    expect(byId.get(id('het_done', '+1'))?.rawId).toBe(`${Number(id('het_done')) + 1}`);
    expect(byId.get(id('array_mixed', '_[4-9%2]'))?.rawId).toBe(id('array_mixed'));
    expect(byId.get(id('array_mixed', '_2'))?.rawId).not.toBe(id('array_mixed'));
  });

  it('takes an end for one only where the job is over', () => {
    expect(byId.get(id('running'))).not.toHaveProperty('endTime');
    expect(byId.get(id('wait_begin'))).not.toHaveProperty('endTime');
    expect(byId.get(id('completing'))).toHaveProperty('endTime');
    const timedOut = byId.get(id('timeout'));
    expect(Number(timedOut?.endTime) - Number(timedOut?.startTime)).toBe(timedOut?.elapsedSeconds);
  });

  it('leaves the log as Slurm reports it', () => {
    const expected =
      release === '22.05' || release === '23.11'
        ? `/home/user/slurm-${id('log_default')}.out`
        : `${release >= '25.11' ? '' : '/home/user/'}slurm-%j.out`;
    expect(byId.get(id('log_default'))?.stdout).toBe(expected);
    expect(byId.get(id('log_space'))?.stdout).toBe('/home/user/a b/%x %j.log');
  });

  it('counts the same GPUs from what was asked for, where the site does not account for them', () => {
    const lines = readFixture(release, 'squeue-O-details.txt').split('\x1e\n').slice(0, -1);
    const asked = lines.flatMap((line) => {
      const [jobId = '', , , , perNode = '', perJob = '', perTask = ''] = line.split('\x1f');
      const job = byId.get(jobId);
      const values = [
        jobId,
        `${job?.nodes}`,
        '1',
        'cpu=1,mem=2G,node=1,billing=1',
        perJob,
        perNode,
        perTask,
        job?.name,
      ];
      return job === undefined ? [] : [`${values.join('\x1f')}\x1e\n`];
    });
    const fields = ['JobArrayID', 'NumNodes', 'NumTasks', 'tres-alloc', 'tres-per-job', 'tres-per-node'] as const;
    const requested = parseSqueue(asked.join(''), {
      marks: controlMarks,
      fields: [...fields, 'tres-per-task', 'Name'],
    });
    expect(requested.filter(({ gpus }) => gpus > 0).length).toBeGreaterThanOrEqual(8);
    for (const { jobId, gpus } of requested) expect(gpus, jobId).toBe(byId.get(jobId)?.gpus);
  });
});

describe('squeueArgs', () => {
  it.each([
    ['me' as const, ['--me']],
    ['all' as const, []],
    [{ user: 'a b' }, ['--user=a b']],
  ])('asks %j of the controller in one question', (scope, whose) => {
    const args = squeueArgs({ scope, marks: { field: '@f@', record: '@r@' } });
    expect(args.slice(0, -1)).toEqual([...whose, '--states=all', '--noheader', '-O']);
    expect(args.at(-1)).toMatch(/^JobArrayID:@f@,JobID:@f@,.*,Comment:@f@,Name:@r@$/);
  });
});

describe('parseSqueue', () => {
  const line = (values: Partial<Record<(typeof squeueFields)[number], string>>): string =>
    `${squeueFields.map((field) => values[field] ?? '').join('\x1f')}\x1e\n`;
  const parseOne = (values: Parameters<typeof line>[0]): JobObservation | undefined =>
    parseSqueue(line({ JobArrayID: '7', ...values }), { marks: controlMarks })[0];

  it('keeps an unknown state as it is', () => {
    expect(parseOne({ State: 'DREAMING' })?.state).toEqual({ status: 'UNKNOWN', raw: 'DREAMING', terminal: false });
  });

  it('reads names that are not UTF-8 with replacements', () => {
    const bytes = Buffer.concat([
      Buffer.from(line({ JobArrayID: '7', Name: 'na' }).slice(0, -2)),
      Buffer.from([0xff, 0xe6]),
    ]);
    const text = new TextDecoder().decode(Buffer.concat([bytes, Buffer.from('\x1e\n')]));
    expect(parseSqueue(text, { marks: controlMarks }).map(({ name }) => name)).toEqual(['na\u{FFFD}\u{FFFD}']);
  });

  it('takes nothing for something', () => {
    const job = parseOne({
      STDOUT: '(null)',
      Comment: '(null)',
      Reason: 'None',
      TimeLimit: 'NOT_SET',
      StartTime: 'N/A',
    });
    for (const key of [
      'stdout',
      'comment',
      'reason',
      'timeLimitSeconds',
      'startTime',
      'nodeList',
      'arrayJobId',
      'exit',
    ]) {
      expect(job).not.toHaveProperty(key);
    }
    expect(parseOne({ TimeLimit: 'UNLIMITED' })?.timeLimitSeconds).toBeNull();
  });

  it.each([
    ['2', 2],
    ['2K', 2_048],
    ['2-4', 2],
    ['', 0],
    ['many', 0],
  ])('reads %s nodes as %i', (NumNodes, nodes) => expect(parseOne({ NumNodes })?.nodes).toBe(nodes));

  it('multiplies what is asked per node and per task', () => {
    expect(parseOne({ NumNodes: '3', 'tres-per-node': 'gres/gpu:a100:2' })?.gpus).toBe(6);
    expect(parseOne({ NumTasks: '5', 'tres-per-task': 'cpu=4,gres/gpu=1' })?.gpus).toBe(5);
    expect(parseOne({ NumNodes: '3', 'tres-per-job': 'gres:gpu:4' })?.gpus).toBe(4);
  });

  it('drops an unfinished record and what has no job id', () => {
    const text = `${line({ JobArrayID: '7' })}${line({ JobArrayID: 'no id' })}${line({ JobArrayID: '8' })}`;
    expect(parseSqueue(text.slice(0, -1), { marks: controlMarks }).map(({ jobId }) => jobId)).toEqual(['7']);
  });
});
