import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRecordedFiles, renderFiles } from './files-shell.ts';
import { parseReceipt, renderWrapper } from './wrapper.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let dir: string;
let work: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx files '$(x) "));
  work = join(dir, 'work');
  for (const name of ['receipts', 'bin', 'work']) mkdirSync(join(dir, name));
  // Nobody has to wait for what does not come; but it may come.
  writeFileSync(join(dir, 'bin', 'sleep'), '#!/bin/sh\n[ -z "$LATE" ] || : >"$LATE"\n', { mode: 0o755 });
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Job {
  readonly payload?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly hash?: boolean;
  readonly late?: string;
}

function run(shell: string, { payload = 'true', inputs = [], outputs = [], hash = false, late = '' }: Job) {
  writeFileSync(join(dir, 'payload'), `#!/bin/sh\n${payload}`, { mode: 0o755 });
  const onFailure = `srunx_on_failure() { [ "$1" -eq 0 ] || echo "$1" >"$FAILED"; }`;
  const facts = { directory: dir, token: 'own', payload: join(dir, 'payload'), directives: [], env: {}, onFailure };
  writeFileSync(join(dir, 'wrapper'), renderWrapper({ ...facts, files: renderFiles({ inputs, outputs, hash }) }));
  const env = { PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, SLURM_JOB_ID: '7', LATE: late, FAILED: join(dir, 'failed') };
  const { status, stderr } = spawnSync(shell, [join(dir, 'wrapper')], { env, cwd: work, encoding: 'utf8' });
  const receipt = readFileSync(join(dir, 'receipts', 'own'), 'utf8');
  return { code: status, err: stderr, receipt, files: parseRecordedFiles(receipt) };
}

function write(name: string, content = ''): void {
  writeFileSync(join(work, name), content);
}

function recorded(path: string, sha256?: string) {
  const { size, mtimeMs, ino } = statSync(join(work, path));
  return { path, size, mtime: Math.floor(mtimeMs / 1000), inode: String(ino), sha256 };
}

const shells = ['sh', 'bash', ...['dash', 'ksh'].filter((name) => spawnSync(name, ['-c', ':']).status === 0)];

describe.each(shells)('files of a job, under %s', (shell) => {
  it('are written down: inputs as they were before it, outputs as they are behind it', () => {
    for (const name of ['a b.csv', "c'$(x).csv", '-rf.csv', 'd.txt']) write(name, name);
    const before = ['-rf.csv', 'a b.csv', "c'$(x).csv"].map((name) => recorded(name));
    const ran = run(shell, {
      inputs: ['*.csv'],
      payload: 'echo more >>"a b.csv"; mkdir out; : >out/m',
      outputs: ['out', 'out/?', 'd.txt'],
    });
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect([...ran.files.inputs].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(before);
    expect(ran.files.outputs).toEqual(['out', 'out/m', 'd.txt'].map((name) => recorded(name)));
    expect(parseReceipt(ran.receipt)).toMatchObject({ attempts: 1, exitCode: 0 });
  });

  it('have hashes where that is wanted', () => {
    write('a b', 'x');
    mkdirSync(join(work, 'folder'));
    const { files } = run(shell, { inputs: ['a b', 'folder'], hash: true });
    const sum = createHash('sha256').update('x').digest('hex');
    expect(files.inputs).toEqual([recorded('a b', sum), recorded('folder')]);
  });

  it('may come late', () => {
    const late = run(shell, { inputs: ['late'], late: join(work, 'late'), payload: '[ -e late ]' });
    expect([late.code, late.err]).toEqual([0, '']);
  });

  it('that are missing keep it from starting', () => {
    const ran = run(shell, { inputs: ['no*.csv', 'a b'], payload: ': >started' });
    expect([ran.code, ran.err]).toEqual([
      66,
      'srunx: there is no input no*.csv: the job counts as failed\nsrunx: there is no input a b: the job counts as failed\n',
    ]);
    expect(() => statSync(join(work, 'started'))).toThrow();
    expect(parseReceipt(ran.receipt)).toMatchObject({ jobId: '7', exitCode: 66 });
    expect(readFileSync(join(dir, 'failed'), 'utf8')).toBe('66\n');
  });

  it('that it did not make let it fail; where it failed itself, nobody looks', () => {
    const ran = run(shell, { outputs: ['made', 'm'], payload: ': >made' });
    expect([ran.code, ran.err]).toEqual([73, 'srunx: there is no output m: the job counts as failed\n']);
    expect(parseReceipt(ran.receipt)).toMatchObject({ exitCode: 73 });
    rmSync(join(dir, 'receipts', 'own'));
    expect(run(shell, { outputs: ['m'], payload: 'exit 5' })).toMatchObject({ code: 5, err: '' });
  });
});

it('what a receipt says of files is that of the last attempt, and whole lines count', () => {
  const text = `input 1 2 3 - old
start 10 7
output 1 2 3 - gone
exit 11 1
input 4 5 6 - a b
start 12 7
output 7 -8 9 ${'a'.repeat(64)} out
output 7 8
nonsense
exit 13 0
output 1 2 3 - cut`;
  expect(parseRecordedFiles(text)).toEqual({
    inputs: [{ path: 'a b', size: 4, mtime: 5, inode: '6', sha256: undefined }],
    outputs: [{ path: 'out', size: 7, mtime: -8, inode: '9', sha256: 'a'.repeat(64) }],
  });
});
