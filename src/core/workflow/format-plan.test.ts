import { describe, expect, it } from 'vitest';
import { formatPlan, planJson, planNotes } from './format-plan.ts';
import type { Plan } from './plan.ts';

const plan: Plan = {
  workflow: { name: 'iris', source: 'dir/flow.yaml' },
  hash: '0123456789abcdef',
  skipped: [{ name: 'z', reason: 'when is false: {{ x }}' }],
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
submitted: sbatch --job-name=b b.sh 'it'\\''s'
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

  it('counts one job as one', () => {
    expect(formatPlan({ ...plan, jobs: plan.jobs.slice(0, 1) })).toContain('iris: 1 job, plan');
  });
});

it('has nothing to note about a plain plan', () => {
  expect(planNotes({ ...plan, skipped: [], satisfied: [], warnings: [] })).toEqual([]);
});

it('is public as JSON, without values of variables', () => {
  const json = planJson(plan);
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
    totals: { core_hours: null, gpu_hours: 0 },
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
        argv: ['sbatch', '--job-name=b'],
        args: ["it's"],
        variables: [],
        wrapped: false,
        inputs: [],
        outputs: [],
        script: '#!/bin/sh\ntrue',
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
  const done = (names: string) => [...names].map((name) => ({ name, reason: 'completed in run r', run: 'r' }));
  expect(planNotes({ ...plan, skipped: done('ab'), satisfied: [], warnings: [] })).toEqual([
    'a is skipped: completed in run r',
    'b is skipped: completed in run r',
  ]);
  const when = { name: 'x', reason: 'when is false: false' };
  expect(planNotes({ ...plan, skipped: [...done('abcdef'), when], satisfied: [], warnings: [] })).toEqual([
    '6 jobs are skipped: completed in run r',
    'x is skipped: when is false: false',
  ]);
});
