import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listFiles } from './list-files.ts';
import { LocalShell } from './local-shell.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx list'ed $(x) [a] 日本語-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const shell = new LocalShell({ name: 'local', env: process.env });

function put(name: string, content = name): string {
  const path = join(dir, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe('listFiles', () => {
  const list = async (...requests: { path: string; pattern?: string }[]) =>
    (await listFiles({ shell }, requests)).files.map(({ path, type, below }) => [
      path.slice(dir.length + 1),
      type,
      below,
    ]);

  it('finds what is asked for, in one go, whatever the names are', async () => {
    put('one\nfile');
    put('deep/a b/-rf');
    put('deep/$(x)');
    symlinkSync('/etc', join(dir, 'deep', 'away'));
    const found = await list(
      { path: join(dir, 'one\nfile') },
      { path: join(dir, 'deep') },
      { path: join(dir, 'none') },
    );
    expect(found.sort()).toEqual([
      ['deep/$(x)', 'file', '$(x)'],
      ['deep/a b/-rf', 'file', 'a b/-rf'],
      ['deep/away', 'link', 'away'],
      ['one\nfile', 'file', ''],
    ]);
  });

  it('follows a link that is asked for, and finds files by a pattern', async () => {
    put('deep/log_1.out');
    put('deep/log_2.out');
    put('deep/below/log_3.out');
    symlinkSync('deep', join(dir, 'link'));
    expect((await list({ path: join(dir, 'link') })).map(([path]) => path)).toContain('link/log_1.out');
    const found = await list({ path: join(dir, 'deep'), pattern: 'log_*.out' });
    expect(found.map(([path]) => path).sort()).toEqual(['deep/log_1.out', 'deep/log_2.out']);
  });

  it('finds whole directories by a pattern, and follows no link behind a wildcard', async () => {
    put('step_1/model/weights.pt');
    put('step_2/model/weights.pt');
    put('other/model/weights.pt');
    symlinkSync('/etc', join(dir, 'step_3'));
    const found = (pattern: string) => list({ path: dir, pattern }).then((all) => all.map(([path]) => path).sort());
    expect(await found('step_*/model')).toEqual(['step_1/model/weights.pt', 'step_2/model/weights.pt']);
    expect(await found('step_*/hostname')).toEqual([]);
    expect(await found('s*')).toEqual(['step_1/model/weights.pt', 'step_2/model/weights.pt', 'step_3']);
  });

  it('has every byte of a name that is no text', async () => {
    const name = Buffer.concat([Buffer.from(`${dir}/deep/`), Buffer.from([0x66, 0xff, 0x0a, 0x22])]);
    mkdirSync(join(dir, 'deep'));
    writeFileSync(name, 'x');
    const { files } = await listFiles({ shell }, [{ path: join(dir, 'deep') }]);
    expect(files.map(({ raw, below }) => [raw.path.equals(name), below])).toEqual([[true, 'f\ufffd\n"']]);
  });

  it.skipIf(process.getuid?.() === 0)('says what it cannot look into', async () => {
    put('closed/file');
    chmodSync(join(dir, 'closed'), 0);
    const { complaints } = await listFiles({ shell }, [{ path: dir }]);
    chmodSync(join(dir, 'closed'), 0o700);
    expect(complaints).toEqual([expect.stringContaining('Permission denied')]);
  });
});
