import { describe, expect, it } from 'vitest';
import { type ComparedJob, type ComparedRun, compareRuns } from './compare-runs.ts';
import type { Plan, WrittenPlan } from './plan.ts';
import type { CodeState, Provenance } from './provenance.ts';

const written: WrittenPlan = {
  files: [{ source: 'f.yaml', text: 'a\nb\n', hash: '' }],
  given: {},
  args: { lr: '1', api_key: 'x' },
};

function planOf(more: Partial<WrittenPlan> = {}): Plan {
  const nothing = { jobs: [], skipped: [], satisfied: [], warnings: [], configured: [] };
  return { workflow: { name: 'w', source: 'f.yaml' }, ...nothing, hash: '', written: { ...written, ...more } };
}

const code: CodeState = { root: '/r', commit: 'c1', branch: 'main', dirty: false, untracked: [], untrackedCount: 0 };
const provenance: Provenance = {
  ...{ argv: [], srunx: '1', user: 'u', host: 'h', given: {}, args: { lr: 'masked' }, code },
  environment: { modules: ['gcc/12'], variables: [], hash: 'e'.repeat(64) },
};

const job: ComparedJob = {
  ...{ name: 'a', edges: [{ type: 'afterok', parent: 'z' }], options: ['--nodes=1'], args: ['x'], script: 'one\n' },
  variables: new Map([['A', '1']]),
};

const run: ComparedRun = {
  ...{ name: 'w', source: 'f.yaml', target: 'local', cwd: '/cwd', provenance, plan: planOf(), jobs: [job] },
  ...{ status: 'completed', ends: new Map([['a', { state: 'completed', seconds: 5 }]]) },
};

const nothing = {
  ...{ same: true, facts: [], args: [], files: [], outcomes: [] },
  jobs: { removed: [], added: [], changed: [] },
  status: { what: 'status', before: 'completed', after: 'completed' },
};

describe('two runs', () => {
  it('are the same where nothing differs, and also where only somebody else did it and it ended otherwise', () => {
    expect(compareRuns(run, run)).toEqual(nothing);
    const ends = new Map([['a', { state: 'failed' as const, seconds: 7 }]]);
    const other = { ...run, provenance: { ...provenance, user: 'v' }, status: 'failed' as const, ends };
    expect(compareRuns(run, other)).toEqual({
      ...nothing,
      facts: [{ what: 'user', before: 'u', after: 'v' }],
      status: { what: 'status', before: 'completed', after: 'failed' },
      outcomes: [{ what: 'a', before: { state: 'completed', seconds: 5 }, after: { state: 'failed', seconds: 7 } }],
    });
  });

  it('differ in code and surroundings', () => {
    const diff = { file: 'dirty.diff', bytes: 1, sha256: 'd'.repeat(64), isCut: false };
    const dirty = { ...code, commit: 'c2', branch: null, dirty: true, diff, untracked: ['x'] };
    const surroundings = { modules: ['gcc/13'], variables: [], hash: 'f'.repeat(64) };
    const other = { ...run, provenance: { ...provenance, code: dirty, environment: surroundings } };
    const { same, facts } = compareRuns(run, other);
    expect([same, facts.map(({ what, before, after }) => `${what}: ${before} -> ${after}`)]).toEqual([
      false,
      [
        'commit: c1 -> c2',
        'branch: main -> null',
        'changes: none -> yes (dddddddddddd)',
        'modules: gcc/12 -> gcc/13',
        'environment: eeeeeeeeeeee -> ffffffffffff',
        'unknown to git: null -> x',
      ],
    ]);
  });

  it('differ in args, without telling secrets, and in files', () => {
    const files = [
      { source: 'moved.yaml', text: 'a\nc\n', hash: '' },
      { source: 'new.yaml', text: 'n\n', hash: '' },
    ];
    const { args, files: changed } = compareRuns(run, {
      ...run,
      plan: planOf({ files, args: { lr: '2', api_key: 'y', new: '1' } }),
    });
    expect(args).toEqual([
      { what: 'lr', before: '1', after: '2' },
      { what: 'api_key', before: '***', after: '***' },
      { what: 'new', before: null, after: '1' },
    ]);
    expect(changed).toEqual([
      { source: 'f.yaml', source_after: 'moved.yaml', diff: ['@@ -1,2 +1,2 @@', ' a', '-b', '+c'] },
      { source: 'new.yaml', source_after: 'new.yaml', diff: ['@@ -0,0 +1 @@', '+n'] },
    ]);
  });

  it('differ in their jobs', () => {
    const changed: ComparedJob = {
      ...{ name: 'a', edges: [{ type: 'afterany', parent: 'z' }], options: ['--nodes=2'], args: [], script: 'two\n' },
      variables: new Map([
        ['A', '2'],
        ['B', '3'],
      ]),
    };
    const { jobs } = compareRuns(
      { ...run, jobs: [job, { ...job, name: 'b' }] },
      { ...run, jobs: [changed, { ...job, name: 'c' }] },
    );
    expect(jobs).toEqual({
      removed: ['b'],
      added: ['c'],
      changed: [
        {
          name: 'a',
          options: { removed: ['--nodes=1'], added: ['--nodes=2'] },
          depends_on: { removed: ['z'], added: ['afterany:z'] },
          args: { what: 'args', before: ['x'], after: [] },
          variables: { removed: [], added: ['B'], changed: ['A'] },
          script: ['@@ -1 +1 @@', '-one', '+two'],
        },
      ],
    });
  });

  it('are compared as far as they are known', () => {
    const bare = { ...job, script: undefined, variables: new Map([['A', undefined]]) };
    const unknown = { ...run, plan: undefined, provenance: undefined, jobs: [bare] };
    expect(compareRuns(unknown, unknown)).toEqual(nothing);
  });
});
