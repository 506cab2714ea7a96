import { describe, expect, it } from 'vitest';
import { planText } from '../../../test/support/plan-text.ts';
import { formatPlan, planNotes } from './format-plan.ts';
import type { Plan } from './plan.ts';
import { planJson } from './plan-json.ts';

const plan: Plan = {
  workflow: { name: 'iris', source: 'dir/flow.yaml' },
  hash: '0123456789abcdef',
  skipped: [{ name: 'z', reason: 'when is false: {{ x }}', edges: [] }],
  satisfied: [
    { job: 'b', edge: { type: 'afterany', parent: 'z' }, because: 'when' },
    { job: 'b', edge: { type: 'afterok', parent: 'y' }, because: 'selection' },
  ],
  warnings: ['job b: x.sh:3: late'],
  configured: [
    {
      ...{ key: 'account', leaf: { kind: 'text', description: '' }, value: 'lab' },
      origin: { kind: 'file', file: 'config.json', line: 3 },
    },
  ],
  jobs: [
    {
      name: 'a',
      kind: 'command',
      edges: [],
      args: [],
      options: ['--job-name=a', '--chdir=a b'],
      env: { TOKEN: 'secret' },
      wrapped: true,
      script: '#!/bin/bash\n\necho hi\n',
    },
    {
      name: 'b',
      kind: 'shell',
      edges: [
        { type: 'afterok', parent: 'a' },
        { type: 'afternotok', parent: 'a' },
      ],
      args: ["it's"],
      options: ['--job-name=b'],
      env: {},
      wrapped: false,
      script: '#!/bin/sh\ntrue',
      onError: 'ignore',
    },
  ],
};

describe('formatPlan', () => {
  it('shows notes, edges, command lines and scripts, and no values of variables', () => {
    expect(formatPlan(plan)).toBe(`iris: 2 jobs, plan 0123456789ab
uses: not known, 2 jobs without a limit (a, b)
z is skipped: when is false: {{ x }}
b does not wait for afterany:z, which is skipped
b does not wait for y, which is not part of this run
warning: job b: x.sh:3: late
configured: account=lab (config.json:3)

== a
waits for: nothing
submitted: sbatch --job-name=a '--chdir=a b' a.sh
variables: TOKEN
  #!/bin/bash

  echo hi

== b
waits for: a, afternotok:a
submitted: sbatch --job-name=b --dependency=afterok:a,afternotok:a --kill-on-invalid-dep=yes b.sh 'it'\\''s'
on error: ignore
  #!/bin/sh
  true`);
  });

  it('tells in one word what a job of `finally` waits for', () => {
    const [first, second] = plan.jobs;
    if (first === undefined || second === undefined) throw new Error('no jobs');
    const end = { ...first, name: 'z', isFinal: true, edges: [{ type: 'afterany', parent: 'a' }] } as const;
    const after = { ...end, name: 'zz', edges: [...end.edges, { type: 'afterok', parent: 'z' }] } as const;
    const text = formatPlan({ ...plan, jobs: [first, end, after] });
    expect(text.match(/^waits for: .*/gm)).toEqual([
      'waits for: nothing',
      'waits for: the end of all other jobs of its file',
      'waits for: the end of all other jobs of its file, z',
    ]);
  });

  it('says what a job asks for, how it is retried, and how long all of it takes', () => {
    const asked = planText(`jobs:
  - name: a
    command: x
    nodes: 2
    ntasks_per_node: 1
    gpus_per_node: 4
    memory_per_node: 32G
    partition: gpu
    time_limit: 2h
    retry: {max: 2, on: [failed, oom, timeout], delay: 1m, backoff: 2, jitter: 10, grow: {memory: 2, time: 1.5}}
    checkpoint: {before: 5m, signal: USR1, command: save, max: 3}
  - {name: b, command: x, time_limit: 30, depends_on: a, mem_per_cpu: 0}
`);
    const text = formatPlan(asked, { verdict: 'you may close the laptop' });
    expect(text.split('\n').slice(1, 4)).toEqual([
      'uses: at most 4.5 core-hours and 16 GPU-hours, at most 46.5 core-hours and 184 GPU-hours with all retries',
      'takes: at most 2:30:00 besides waiting in the queue: a -> b',
      'verdict: you may close the laptop',
    ]);
    expect(text.match(/^(?:asks for|retry|checkpoint): .*/gm)).toEqual([
      'asks for: 2 nodes, 2 cores, 8 GPUs, 32G of memory on each node, 2:00:00 of time, in gpu',
      'retry: up to 2 times after failed, oom, timeout; 1:00, 2:00 later and up to 10 % more; with 65536, 131072 MiB after each oom; with 180, 270 minutes after each timeout',
      'checkpoint: 5:00 before the time limit the signal USR1 and its command, 4:30 to save; goes on up to 3 times',
      'asks for: all memory of each node, 30:00 of time',
    ]);
  });

  it('says that Slurm does not retry at once', () => {
    const text = formatPlan(planText('jobs:\n  - {name: a, command: x, retry: 2, retry_delay: 1}\n'));
    expect(text).toMatch(/; 0:01 later \(on Slurm 0:10 at least\)$/m);
  });

  it('does not name thousands of parents in a command line', () => {
    const many = Array.from({ length: 25 }, (_, index) => `{name: j${index}, command: x}`).join(', ');
    const text = formatPlan(planText(`jobs: [${many}]\nfinally: [{name: z, command: x}]`));
    expect(text).toContain('--dependency=afterany:j0:j1:');
    expect(text).toContain(':j19:... --kill-on-invalid-dep=yes z.sh');
  });

  it('counts one job as one', () => {
    expect(formatPlan({ ...plan, jobs: plan.jobs.slice(0, 1) })).toContain('iris: 1 job, plan');
  });
});

it('has nothing to note about a plain plan', () => {
  expect(planNotes({ ...plan, skipped: [], satisfied: [], warnings: [] })).toEqual([]);
});

it('is public as JSON, without values of variables', () => {
  const amounts = { nodes: 1, ntasks: 1, cpus: 1, gpus: 0, memory_mb_per_node: null };
  const resources = { ...amounts, time_limit_seconds: null, partition: null };
  const json = planJson(plan, 'you may leave');
  expect(json).toEqual({
    name: 'iris',
    source: 'dir/flow.yaml',
    hash: '0123456789abcdef',
    skipped: [{ name: 'z', reason: 'when is false: {{ x }}' }],
    satisfied: [
      { job: 'b', edge: 'afterany:z', because: 'when' },
      { job: 'b', edge: 'y', because: 'selection' },
    ],
    warnings: ['job b: x.sh:3: late'],
    verdict: 'you may leave',
    totals: { core_hours: null, gpu_hours: 0, with_retries: null },
    span: null,
    configured: [{ key: 'account', value: 'lab', origin: 'config.json:3' }],
    jobs: [
      {
        name: 'a',
        kind: 'command',
        depends_on: [],
        argv: ['sbatch', '--job-name=a', '--chdir=a b'],
        args: [],
        variables: ['TOKEN'],
        wrapped: true,
        inputs: [],
        outputs: [],
        script: '#!/bin/bash\n\necho hi\n',
        resources,
        retry: null,
        checkpoint: null,
        array: null,
        matrix: null,
        finally: false,
        on_error: 'keep-going',
        core_hours: null,
        gpu_hours: 0,
      },
      {
        name: 'b',
        kind: 'shell',
        depends_on: ['a', 'afternotok:a'],
        argv: ['sbatch', '--job-name=b', '--dependency=afterok:a,afternotok:a', '--kill-on-invalid-dep=yes'],
        args: ["it's"],
        variables: [],
        wrapped: false,
        inputs: [],
        outputs: [],
        script: '#!/bin/sh\ntrue',
        resources,
        retry: null,
        checkpoint: null,
        array: null,
        matrix: null,
        finally: false,
        on_error: 'ignore',
        core_hours: null,
        gpu_hours: 0,
      },
    ],
  });
  expect(JSON.stringify(json)).not.toContain('secret');
});

it('tells of many jobs that are done their number', () => {
  const done = (names: string) =>
    [...names].map((name) => ({ name, reason: 'completed in run r', run: 'r', edges: [] }));
  expect(planNotes({ ...plan, skipped: done('ab'), satisfied: [], warnings: [] })).toEqual([
    'a is skipped: completed in run r',
    'b is skipped: completed in run r',
  ]);
  const when = { name: 'x', reason: 'when is false: false', edges: [] };
  expect(planNotes({ ...plan, skipped: [...done('abcdef'), when], satisfied: [], warnings: [] })).toEqual([
    '6 jobs are skipped: completed in run r',
    'x is skipped: when is false: false',
  ]);
});
