import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalShell } from '../shell/local-shell.ts';
import type { ShellCommand } from '../shell/shell.ts';
import { listHistory } from '../store/history.ts';
import { jobsOfRun } from '../store/jobs.ts';
import { labelsOf } from '../store/labels.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { findRun, listRuns } from '../store/runs.ts';
import type { RunDescription } from './describe-run.ts';
import { importRuns } from './import-runs.ts';

let runRoot: string;
let store: Store;
beforeEach(() => {
  runRoot = mkdtempSync(join(tmpdir(), "srunx import'd $(x) 日本語-"));
  store = openStore(':memory:');
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(runRoot, { recursive: true });
});

const shell = new LocalShell({ name: 'local', env: process.env });
const nameOf = (index: number) => `run${String(index).padStart(7, '0')}`;

function describeRun(id: string, changes: object = {}): RunDescription {
  const job = (name: string, ordinal: number, edges: object[] = []) =>
    ({ name, token: `${id}-${ordinal}`, edges, options: [], variables: ['KEY'], wrapped: true }) as const;
  return {
    ...{ version: 1, id, kind: 'workflow', name: "it's $(mine)\n日本\u2028語\r", source: null, target: 'local' },
    ...{ cluster: { key: 'slurm:c@h', kind: 'slurm', name: 'c' }, createdAt: 7, planHash: 'h' },
    jobs: [job('a', 0), job('b', 1, [{ type: 'afterok', parent: 'a' }])],
    ...changes,
  } as RunDescription;
}

function write(id: string, text = JSON.stringify(describeRun(id))): void {
  mkdirSync(join(runRoot, id), { recursive: true });
  writeFileSync(join(runRoot, id, 'run.json'), text);
}

describe('importRuns', () => {
  it('takes in what the directory says', async () => {
    write('abcdefghij');
    expect(await importRuns({ store }, { shell, runRoot })).toEqual(['abcdefghij']);
    const facts = {
      name: "it's $(mine)\n日本\u2028語\r",
      handover: 'running',
      createdAt: 7,
      directory: `${runRoot}/abcdefghij`,
    };
    expect(findRun(store, 'abcdefghij')).toMatchObject(facts);
    expect(jobsOfRun(store, 'abcdefghij').map(({ name, token }) => [name, token])).toEqual([
      ['a', 'abcdefghij-0'],
      ['b', 'abcdefghij-1'],
    ]);
    expect(await importRuns({ store }, { shell, runRoot })).toEqual([]);
  });

  it.each<[string, string, object, string]>([
    ['what is local to a login node is behind ssh here', 'dgx', { target: 'local' }, 'dgx'],
    ['a profile has another name here', 'dgx', { target: 'cluster' }, 'dgx'],
    ['what came to a login node over ssh is local there', 'local', { target: 'dgx' }, 'local'],
    ['the embedded runner is told from Slurm', 'local', { target: 'embedded' }, 'embedded'],
  ])('calls the target as it is called here: %s', async (_, name, changes, expected) => {
    write('abcdefghij', JSON.stringify(describeRun('abcdefghij', changes)));
    await importRuns({ store }, { shell: new LocalShell({ name, env: process.env }), runRoot });
    expect(findRun(store, 'abcdefghij')?.target).toBe(expected);
  });

  it.each<[string, string, object]>([
    [
      'are taken in with it',
      JSON.stringify({ version: 1, jobs: { 1: { note: "it's $(mine)\n日本", tags: ['b', 'a'] }, 7: { tags: ['x'] } } }),
      { note: "it's $(mine)\n日本", tags: ['a', 'b'] },
    ],
    ['of another version are not', JSON.stringify({ version: 2, jobs: { 1: { tags: ['a'] } } }), { tags: [] }],
    ['that are none are not', '{"version": 1, "jobs": {"1": {"tags": ["a"]', { tags: [] }],
  ])('notes and tags beside a plan %s', async (_, text, labels) => {
    write('abcdefghij');
    writeFileSync(join(runRoot, 'abcdefghij', 'labels.json'), text);
    expect(await importRuns({ store }, { shell, runRoot })).toEqual(['abcdefghij']);
    expect(labelsOf(store, { runId: 'abcdefghij', ordinal: 1 })).toMatchObject(labels);
    expect(labelsOf(store, { runId: 'abcdefghij', ordinal: 0 }).tags).toEqual([]);
  });

  it('knows where it came from, if the version that wrote it says so in our way', async () => {
    const provenance = {
      ...{ argv: ['flow', 'run', 'f.yaml'], srunx: '1', user: 'u', host: 'h', given: {}, args: { lr: '1' } },
      file: { path: '/f.yaml', sha256: 'a' },
      code: {
        ...{ root: '/r', commit: null, branch: 'main', dirty: true, untracked: ['x'], untrackedCount: 1 },
        diff: { file: 'dirty.diff', bytes: 1, sha256: 'd', isCut: false },
      },
      environment: { modules: ['gcc'], conda: 'c', variables: ['CUDA_HOME'], hash: 'e' },
    };
    const repeats = { run: 'otherother', how: 'retry' };
    const skipped = [{ name: 'z', reason: 'completed in run otherother', run: 'otherother' }];
    write('abcdefghij', JSON.stringify(describeRun('abcdefghij', { provenance, repeats, skipped })));
    write('strangerxx', JSON.stringify(describeRun('strangerxx', { provenance: { later: 1 }, repeats: 7 })));
    await importRuns({ store }, { shell, runRoot });
    const planOf = (id: string) => JSON.parse(findRun(store, id)?.plan ?? '') as RunDescription;
    expect(planOf('abcdefghij')).toMatchObject({ provenance, repeats, skipped });
    expect(planOf('strangerxx')).not.toHaveProperty('provenance');
    expect(planOf('strangerxx').jobs).toHaveLength(2);
  });

  it('knows what was submitted, for the history', async () => {
    const [job] = describeRun('abcdefghij').jobs;
    const jobs = [{ ...job, args: ['--seed', '7', 'a b'], comment: 'mine' }];
    write('abcdefghij', JSON.stringify(describeRun('abcdefghij', { kind: 'job', source: 'x y.sh', cwd: '/w', jobs })));
    await importRuns({ store }, { shell, runRoot });
    expect(listHistory(store)).toMatchObject([{ command: "'x y.sh' --seed 7 'a b'", comment: 'mine' }]);
  });

  it('costs one command when nothing is new, and few when thousands are', async () => {
    const commands: ShellCommand[] = [];
    const counted: Pick<LocalShell, 'run' | 'name'> = {
      name: shell.name,
      run(command) {
        commands.push(command);
        return shell.run(command);
      },
    };
    for (let index = 0; index < 1_000; index += 1) write(nameOf(index));
    expect(await importRuns({ store }, { shell: counted, runRoot })).toHaveLength(1_000);
    expect(commands).toHaveLength(6);
    commands.length = 0;
    expect(await importRuns({ store }, { shell: counted, runRoot })).toEqual([]);
    expect(commands).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['is not there yet', ''],
    ['is cut short', JSON.stringify(describeRun('baddirecto')).slice(0, -5)],
    ['is of another version', JSON.stringify(describeRun('baddirecto', { version: 2 }))],
    ['is of another run', JSON.stringify(describeRun('goodgoodgo'))],
    ['has no jobs', JSON.stringify(describeRun('baddirecto', { jobs: [] }))],
    ['is no object', '[1, 2]'],
    ['has the tokens of another run', JSON.stringify({ ...describeRun('goodgoodgo'), id: 'baddirecto' })],
    ['has an edge to nowhere', JSON.stringify(describeRun('baddirecto')).replace('"parent":"a"', '"parent":"nowhere"')],
    ['has a job twice', JSON.stringify(describeRun('baddirecto')).replace('"name":"b"', '"name":"a"')],
    ['is not text', '\0\uD800\0'],
    ['speaks for another', `x\nstrangerxx/run.json\0${JSON.stringify(describeRun('strangerxx'))}`],
  ])('passes over a description that %s', async (_, text) => {
    write('baddirecto', text);
    write('goodgoodgo');
    expect(await importRuns({ store }, { shell, runRoot })).toEqual(['goodgoodgo']);
    expect(listRuns(store).map(({ id }) => id)).toEqual(['goodgoodgo']);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await importRuns({ store }, { shell, runRoot: join(runRoot, 'missing') })).toEqual([]);
    writeFileSync(join(runRoot, 'abcdefghij'), 'a file');
    mkdirSync(join(runRoot, 'bbbbbbbbbb'));
    mkdirSync(join(runRoot, '-rf'));
    expect(await importRuns({ store }, { shell, runRoot })).toEqual([]);
  });
});
