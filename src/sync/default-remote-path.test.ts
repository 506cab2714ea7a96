import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultRemotePath } from './default-remote-path.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srunx-project-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the place of a project on a cluster', () => {
  it('is one for all of its directories and files, whichever way leads there', async () => {
    const project = join(dir, 'my project');
    mkdirSync(join(project, 'src/deep'), { recursive: true });
    execFileSync('git', ['init', '-q', project]);
    writeFileSync(join(project, 'src/a.py'), '');
    symlinkSync(project, join(dir, 'link'));
    const path = await defaultRemotePath(project);
    expect(path).toMatch(/^~\/\.config\/srunx\/workspace\/my project-[0-9a-f]{8}\/$/);
    for (const other of ['my project/src/deep', 'my project/src/a.py', 'link', 'link/src']) {
      expect(await defaultRemotePath(join(dir, other)), other).toBe(path);
    }
  });

  it('is another one for another project of that name', async () => {
    mkdirSync(join(dir, 'a/code'), { recursive: true });
    mkdirSync(join(dir, 'b/code'), { recursive: true });
    const [first, second] = [
      await defaultRemotePath(join(dir, 'a/code')),
      await defaultRemotePath(join(dir, 'b/code')),
    ];
    expect(first).not.toBe(second);
    expect(await defaultRemotePath(join(dir, 'a/code'))).toBe(first);
  });

  it('cannot be that of the root', async () => {
    await expect(defaultRemotePath('/')).rejects.toMatchObject({ code: 'usage.project_name', exitCode: 2 });
  });
});
