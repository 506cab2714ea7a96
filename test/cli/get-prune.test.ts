import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { pathWithoutSlurm, type RunOptions, useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx, startAtTerminal, write, read, dir, work } = sandbox;
const runs = join(dir, 'data', 'srunx', 'runs');

let path = '';
const run = (line: readonly string[], options: RunOptions = {}) =>
  srunx(line, { ...options, env: { PATH: path, ...options.env } });

interface GotFile {
  readonly outcome: string;
  readonly kind: string;
  readonly path: string | null;
  readonly message: string | null;
}

async function get(
  line: readonly string[],
  options?: RunOptions,
): Promise<{ readonly code: number; readonly files: readonly GotFile[] }> {
  const { code, stdout, stderr } = await run(['get', ...line, '--json', '-q'], options);
  expect(stderr).toBe('');
  return { code, files: JSON.parse(stdout) as GotFile[] };
}

let job: string;
let array: string;
let flow: string;

const results = `mkdir -p 'res $(x)/deep'; echo model >'res $(x)/deep/model.pt'; chmod 640 'res $(x)/deep/model.pt'
touch -d '2030-01-02 03:04:05Z' 'res $(x)/deep/model.pt'; ln -sf deep/model.pt 'res $(x)/latest'; ln -sf /etc/passwd 'res $(x)/out'`;

beforeAll(async () => {
  path = pathWithoutSlurm(dir);
  const submit = async (...words: string[]) =>
    (await run(['sbatch', '-q', '--parsable', '--wait', ...words])).stdout.trim();
  job = await submit('-o', 'logs/%x-%j.out', '-e', 'logs/%x-%j.err', '--wrap', `echo out; echo err >&2; ${results}`);
  array = await submit('-a', '0-2', '-o', 'a_%a.out', '--wrap', 'echo $SLURM_ARRAY_TASK_ID');
  write(
    'flow.yaml',
    'name: f\njobs:\n  - {name: one, command: echo 1}\n  - {name: two, command: echo 2, depends_on: [one]}\n',
  );
  await run(['flow', 'run', '-q', 'flow.yaml']);
  flow = (await run(['flow', 'list', '-q', '--format', 'ids'])).stdout.trim();
}, 60_000);

describe('srunx get', () => {
  it('brings the logs and the named paths of a job, with times and modes, and twice is once', async () => {
    const first = await get([job, 'res $(x)']);
    expect(first.code).toBe(0);
    const came = first.files.map(({ outcome, path: file = '' }) => `${outcome} ${file?.slice(work.length + 1)}`);
    expect(came.sort()).toEqual([
      `copied srunx-${job}/logs/job-${job}.err`,
      `copied srunx-${job}/logs/job-${job}.out`,
      `copied srunx-${job}/res $(x)/deep/model.pt`,
      `copied srunx-${job}/res $(x)/latest`,
      `skipped srunx-${job}/res $(x)/out`,
    ]);
    const copy = join(work, `srunx-${job}`, 'res $(x)');
    const { mode, mtime } = lstatSync(join(copy, 'deep', 'model.pt'));
    expect([mode & 0o777, mtime.toISOString()]).toEqual([0o640, '2030-01-02T03:04:05.000Z']);
    expect(readFileSync(join(copy, 'latest'), 'utf8')).toBe('model\n');
    expect(existsSync(join(copy, 'out'))).toBe(false);
    expect(read(`srunx-${job}/logs/job-${job}.err`)).toBe('err\n');
    const second = await get([job, 'res $(x)']);
    expect(new Set(second.files.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged', 'skipped']));
  });

  it('never puts a file in the place of another, unless it is told to', async () => {
    write(`mine/logs/job-${job}.out`, 'my own');
    const partly = await get([job, '--to', 'mine']);
    expect(partly).toMatchObject({
      code: 1,
      files: expect.arrayContaining([expect.objectContaining({ outcome: 'exists' })]),
    });
    expect(read(`mine/logs/job-${job}.out`)).toBe('my own');
    expect((await get([job, '--to', 'mine', '--force'])).code).toBe(0);
    expect(read(`mine/logs/job-${job}.out`)).toBe('out\n');
  });

  it('leaves alone what would be copied onto itself', async () => {
    const { code, files } = await get([job, '--to', '.', '--force']);
    expect([code, files.map(({ outcome }) => outcome)]).toEqual([0, ['unchanged', 'unchanged']]);
  });

  it('does not copy its own copies', async () => {
    await get([array, '.', '--to', 'again']);
    expect(existsSync(join(work, 'again', 'again'))).toBe(false);
    await get([array, '.', '--to', 'again']);
    expect(existsSync(join(work, 'again', 'again'))).toBe(false);
    rmSync(join(work, 'again'), { recursive: true });
  });

  it('brings the logs of all cells of a sweep', async () => {
    write(
      'cells.yaml',
      'name: cells\nsweep: {matrix: {n: [1, 2]}, max_parallel: 2}\njobs:\n  - {name: one, command: "echo {{ n }}"}\n',
    );
    const apart = { env: { XDG_STATE_HOME: join(dir, 'cells'), SRUNX_RUN_DIR: join(dir, 'runs of cells') } };
    await run(['flow', 'run', '-q', 'cells.yaml'], apart);
    const sweep = (await run(['sweep', 'list', '-q', '--format', 'ids'], apart)).stdout.trim();
    const { code, files } = await get([sweep, '--to', 'cells'], apart);
    expect([code, new Set(files.map(({ outcome }) => outcome))]).toEqual([0, new Set(['copied'])]);
    const logs = files.filter(({ kind }) => kind === 'log').map(({ path: file }) => readFileSync(String(file), 'utf8'));
    expect(logs.sort()).toEqual(['1\n', '2\n']);
  });

  it('finds the logs of all tasks, or of one', async () => {
    expect((await get([array, '--to', 'all'])).files).toHaveLength(3);
    expect((await get([`${array}_1`, '--to', 'one'])).files.map(({ path: file }) => file)).toEqual([
      join(work, 'one', 'a_1.out'),
    ]);
  });

  it('brings logs and receipts of a run, in a directory for each job', async () => {
    const { code, files } = await get([flow]);
    expect(code).toBe(0);
    expect(files.map(({ kind }) => kind).sort()).toEqual(['log', 'log', 'receipt', 'receipt']);
    expect(readdirSync(join(work, `srunx-${flow}`)).sort()).toEqual(['one', 'two']);
  });

  it('finds files by patterns, as a shell would, and prefers one that is really called so', async () => {
    write('pat/a.pt', 'a');
    write('pat/b.pt', 'b');
    write('pat/.hidden.pt', 'h');
    write('pat/sub/c.pt', 'c');
    write('pat/x[1].txt', 'itself');
    write('pat/x1.txt', 'not meant');
    const names = async (...words: string[]) => {
      const { files } = await get([job, ...words, '--to', 'patterns', '-n']);
      return files
        .flatMap(({ kind, path: file }) => (kind === 'path' ? [String(file).slice(work.length + 10)] : []))
        .sort();
    };
    expect(await names('pat/*.pt')).toEqual(['pat/a.pt', 'pat/b.pt']);
    expect(await names('p?t/[!s]*', 'pat/a.pt')).toEqual(['pat/a.pt', 'pat/b.pt', 'pat/x1.txt', 'pat/x[1].txt']);
    expect(await names('pat/x[1].txt')).toEqual(['pat/x[1].txt']);
    expect(await names('pat/s*')).toEqual(['pat/sub/c.pt']);
    const nothing = await get([job, 'pat/*.none', '--to', 'patterns', '-n']);
    expect(nothing.code).toBe(1);
    expect(nothing.files.at(-1)).toMatchObject({ outcome: 'missing', message: 'nothing there fits' });
    expect((await run(['get', job, '../*'])).code).toBe(2);
  });

  it('shows what would come, and copies nothing', async () => {
    write('big/zeros', Buffer.alloc(5 * 1024 * 1024));
    const dry = await get([job, 'big', '--to', 'dry', '--dry-run']);
    expect([dry.code, new Set(dry.files.map(({ outcome }) => outcome))]).toEqual([0, new Set(['would_copy'])]);
    const { stderr, stdout } = await run(['get', job, 'big', '--to', 'dry', '-n']);
    expect(stderr).toContain('srunx: would copy 3 files, 5.0 M to dry\n');
    expect(stdout).toMatch(/would copy +path +5\.0 M +dry\/big\/zeros/);
    expect(existsSync(join(work, 'dry'))).toBe(false);
  });

  it('refuses early what the disk has no room for, and asks before it copies much', async () => {
    mkdirSync(join(work, 'sparse'));
    truncateSync(write('sparse/huge', ''), 15 * 1024 ** 4);
    const refused = await run(['get', job, 'sparse', '--to', 'no room']);
    expect([refused.code, refused.stdout]).toEqual([8, '']);
    expect(refused.stderr).toContain('error[get.no_room]: nothing was copied');
    expect(existsSync(join(work, 'no room'))).toBe(false);
    expect((await run(['get', job, 'sparse', '--to', 'no room', '-n'])).stderr).toContain('there is no room for it');
    truncateSync(join(work, 'sparse/huge'), 1024 ** 3 + 1);
    const asked = startAtTerminal(['get', job, 'sparse', '--to', 'asked'], { columns: 100, rows: 24 }, { PATH: path });
    await waitUntil(() => asked.stdout().includes('[y/N]'), 20_000);
    expect(asked.stdout()).toContain('Copy 3 files, 1.0 G to asked? [y/N]');
    asked.write('n\n');
    expect((await asked.ended).code).toBe(8);
    expect(existsSync(join(work, 'asked'))).toBe(false);
    rmSync(join(work, 'sparse'), { recursive: true });
  });

  it('says at a terminal how far it is, and nowhere else', async () => {
    write('far/model', Buffer.alloc(6 * 1024 * 1024, 'x'));
    const at = (...words: string[]) =>
      startAtTerminal(['get', job, 'far', ...words], { columns: 100, rows: 24 }, { PATH: path }).ended;
    expect((await at('--to', 'far 1')).stdout).toMatch(/\rsrunx: \d of 3 files, .* of 6\.0 M/);
    expect((await at('--to', 'far 2', '-q')).stdout).not.toContain('of 3 files');
    expect((await run(['get', job, 'far', '--to', 'far 3'])).stderr).not.toContain('of 3 files');
  });

  it('brings names that are no text', async () => {
    const name = Buffer.from([0x72, 0xff, 0x0a, 0x27]);
    mkdirSync(join(work, 'odd'));
    writeFileSync(Buffer.concat([Buffer.from(`${work}/odd/`), name]), 'odd');
    expect((await get([job, 'odd', '--to', 'odd copy'])).code).toBe(0);
    expect(readFileSync(Buffer.concat([Buffer.from(`${work}/odd copy/odd/`), name]), 'utf8')).toBe('odd');
  });

  it('says where it cannot write', async () => {
    write('a file', '');
    const { code, stderr } = await run(['get', job, '--to', 'a file/below']);
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('error[file.');
  });

  it('misses no log of a job that never started', async () => {
    write(
      'stops.yaml',
      'name: s\njobs:\n  - {name: one, command: exit 1}\n  - {name: two, command: echo 2, depends_on: [one]}\n',
    );
    const apart = { env: { XDG_STATE_HOME: join(dir, 'stops'), SRUNX_RUN_DIR: join(dir, 'runs of stops') } };
    expect((await run(['flow', 'run', '-q', 'stops.yaml'], apart)).code).toBe(4);
    const id = (await run(['flow', 'list', '-q', '--format', 'ids'], apart)).stdout.trim();
    const { code, files } = await get([id, '--to', 'stops'], apart);
    expect([code, files.map(({ outcome, kind }) => `${outcome} ${kind}`).sort()]).toEqual([
      0,
      ['copied log', 'copied receipt'],
    ]);
  });

  it('says what is missing: partly 1, all of it 7', async () => {
    const partly = await get([job, 'nothing here']);
    expect(partly.code).toBe(1);
    expect(partly.files.at(-1)).toMatchObject({ outcome: 'missing', message: 'there is no such file' });
    expect((await run(['get', '999'])).code).toBe(7);
    expect((await run(['get', job, '../outside'])).code).toBe(2);
    expect((await run(['get', job, '/etc/passwd'])).code).toBe(2);
  });
});

describe('srunx prune', () => {
  it('needs a criterion, and a yes', async () => {
    expect((await run(['prune'])).code).toBe(2);
    const before = readdirSync(runs);
    const refused = await run(['prune', '--older-than', '0s']);
    expect(refused).toMatchObject({ code: 8, stdout: '' });
    expect(refused.stderr).toContain('error[prune.not_confirmed]: nothing was removed: plan directories of 3 runs');
    expect(JSON.parse((await run(['prune', '--older-than', '0s', '--dry-run', '--json'])).stdout)).toHaveLength(3);
    expect((await run(['prune', '--older-than', '1h', '--yes'])).stdout).toBe('');
    expect(readdirSync(runs)).toEqual(before);
  });

  it('touches nothing of unfinished and unknown runs, and follows no link', async () => {
    const outside = join(dir, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), '');
    symlinkSync(outside, join(runs, 'abcdefghij'));
    mkdirSync(join(runs, 'bbbbbbbbbb'));
    writeFileSync(join(runs, 'bbbbbbbbbb', 'theirs'), '');
    const open = (await run(['sbatch', '-q', '--parsable', '--hold', '--wrap', 'true'])).stdout.trim();
    const ran = await run(['prune', '--max-size', '0', '--yes']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(
      /removed plan directories of 3 runs, .*; 1 unfinished run and 1 unknown directory not touched\n/,
    );
    expect(readdirSync(runs)).toHaveLength(3);
    expect(existsSync(join(outside, 'precious'))).toBe(true);
    // The records are still there.
    const ids = (await run(['history', '-q', '--format', 'ids'])).stdout.trim().split('\n');
    expect(ids).toHaveLength(5);
    const forgotten = await run(['history', 'prune', '--keep', '1', '--yes']);
    expect(forgotten.code, forgotten.stderr).toBe(0);
    expect((await run(['history', '-q', '--format', 'ids'])).stdout).toContain(`${open}\n`);
    await run(['scancel', open]);
  });

  it('forgets records with their directories, so that they do not come back', async () => {
    const before = (await run(['history', '-q', '--format', 'ids'])).stdout;
    expect(before).not.toBe('');
    const pruned = await run(['history', 'prune', '--older-than', '0s', '--yes', '-q', '--json']);
    expect(pruned.code, pruned.stderr).toBe(0);
    expect((JSON.parse(pruned.stdout) as { removed: boolean }[]).every(({ removed }) => removed)).toBe(true);
    expect((await run(['history', '-q'])).stdout).toBe('');
    expect(readdirSync(runs).sort()).toEqual(['abcdefghij', 'bbbbbbbbbb']);
  });
});
