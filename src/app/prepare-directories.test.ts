import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalShell } from '../shell/local-shell.ts';
import { prepareDirectories } from './prepare-directories.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "srunx dirs'"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function prepare(directories: Partial<Parameters<typeof prepareDirectories>[1]>): Promise<void> {
  const context = {
    shell: () => new LocalShell({ name: 'here', env: process.env }),
    signal: new AbortController().signal,
  };
  return prepareDirectories(context, { target: 'local', required: [], made: [], ...directories });
}

describe('preparing directories', () => {
  it('makes those of logs, hundreds of them, whatever their names', async () => {
    const paths = Array.from({ length: 250 }, (_, index) => join(root, `-a 'b'\n${index}`, 'logs'));
    await prepare({ made: paths.map((path) => ({ path })) });
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('makes no working directory, and nothing below a missing one', async () => {
    const workDir = join(root, 'work');
    const preparing = prepare({ required: [{ path: workDir, job: 'train' }], made: [{ path: join(workDir, 'logs') }] });
    await expect(preparing).rejects.toMatchObject({ code: 'work_dir.missing', exitCode: 2 });
    await expect(preparing).rejects.toThrow(workDir);
    expect(existsSync(workDir)).toBe(false);
  });

  it('leaves what may be there on the nodes only', async () => {
    const base = join(root, 'scratch');
    await prepare({ made: [{ path: join(base, 'logs'), below: base }] });
    expect(existsSync(base)).toBe(false);
    mkdirSync(base);
    await prepare({ made: [{ path: join(base, 'logs'), below: base }] });
    expect(existsSync(join(base, 'logs'))).toBe(true);
  });

  it('says which one cannot be made', async () => {
    writeFileSync(join(root, 'file'), '');
    const path = join(root, 'file', 'logs');
    const preparing = prepare({ made: [{ path: join(root, 'fine') }, { path }] });
    await expect(preparing).rejects.toMatchObject({
      code: 'log.directory_unwritable',
      message: `the log directory ${path} cannot be written; nothing was submitted`,
      detail: expect.stringMatching(/Not a directory$/),
    });
  });
});
