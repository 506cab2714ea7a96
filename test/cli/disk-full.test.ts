import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchFiles } from '../../src/shell/fetch/fetch-files.ts';
import { listFiles } from '../../src/shell/list-files.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox(() => ({}));
const { srunx, dir, work, write } = sandbox;
const small = join(dir, 'small disk');
let mounted = false;

// A file system of 256 KiB, which takes root; a user's own test run names what it skips.
beforeAll(() => {
  mkdirSync(small);
  mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]).status === 0;
});
beforeEach(({ skip }) => {
  if (!mounted) skip('mounting a small file system takes root');
});
afterAll(() => {
  if (mounted) spawnSync('umount', ['-l', small]);
});

function fill(): void {
  writeFileSync(join(small, 'filler'), '');
  for (let size = 64 * 1024; size >= 512; size /= 2) {
    try {
      for (let count = 0; ; count += 1) writeFileSync(join(small, `filler ${size} ${count}`), Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  expect(statfsSync(small).bavail).toBe(0);
}

function empty(): void {
  for (const name of readdirSync(small)) if (name.startsWith('filler')) spawnSync('rm', ['-rf', join(small, name)]);
}

describe('a disk that is full', () => {
  const submission = ['sbatch', '--embedded', '--wait', '-o', `${work}/full.out`, '--wrap', 'echo done'];

  it.each([
    ['of the database', { XDG_STATE_HOME: join(small, 'state') }],
    ['of the plan directories', { SRUNX_RUN_DIR: join(small, 'runs') }],
  ])('%s: nothing is submitted, the message says what to do, and afterwards all is well', async (_, env) => {
    fill();
    const ran = await srunx(submission, { env });
    expect(ran, ran.stderr).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^srunx: error\[(?:store\.full|file\.no_space|embedded\.[a-z_]+)\]: /m);
    expect(ran.stderr).toMatch(/^hint: Free some space/m);
    expect(await srunx(['squeue', '--embedded', '-t', 'all', '-q'], { env })).toMatchObject({ code: 0, stdout: '' });
    empty();
    expect(await srunx(submission, { env: { ...env, XDG_STATE_HOME: join(dir, 'roomy') } })).toMatchObject({ code: 0 });
  });
});

describe('copies on a disk', () => {
  const shell = new LocalShell({ name: 'local', env: process.env });
  const content = Buffer.alloc(5 * 1024 * 1024, 'results ');
  const fetch = async (from: string, to: string) => {
    const { files } = await listFiles({ shell }, [{ path: from }]);
    const copies = files.map((source) => ({ source, destination: Buffer.from(join(to, source.below)) }));
    await fetchFiles(shell, copies, {
      ...{ root: to, overwrite: false, signal: new AbortController().signal, now: Date.now },
      ...{ onBytes: () => undefined, onEnd: () => undefined },
    });
  };

  it('that has no room for them are not begun', async () => {
    write('large/model', content);
    const id = (await srunx(['sbatch', '--embedded', '-q', '--parsable', '--wait', '--wrap', 'true'])).stdout.trim();
    const { code, stderr } = await srunx(['get', '--embedded', id, 'large', '--to', join(small, 'copies')]);
    expect(code, stderr).toBe(8);
    expect(stderr).toContain('error[get.no_room]: nothing was copied: there is no room for it at');
    expect(existsSync(join(small, 'copies'))).toBe(false);
  });

  it('that becomes full go on when there is room', async () => {
    write('large/model', content);
    const to = join(small, 'copies');
    await expect(fetch(join(work, 'large'), to)).rejects.toMatchObject({ code: 'file.no_space', exitCode: 1 });
    const [partial = ''] = readdirSync(to);
    expect([partial.endsWith('.part'), statSync(join(to, partial)).size > 50_000]).toEqual([true, true]);
    expect(spawnSync('mount', ['-o', 'remount,size=16m', small]).status).toBe(0);
    await fetch(join(work, 'large'), to);
    expect(readdirSync(to)).toEqual(['model']);
    expect(readFileSync(join(to, 'model')).equals(content)).toBe(true);
  });
});
