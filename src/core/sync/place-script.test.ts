import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderTar } from '../../shell/ssh/tar-archive.ts';
import { parseClose, renderClose } from './mount-scripts.ts';
import { renderPlace } from './place-script.ts';

const isRoot = process.getuid?.() === 0;
let home: string;
let directory: string;
const at = (name: string) => join(directory, name);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'srunx-place-'));
  directory = join(home, "ada's code");
  mkdirSync(at('src'), { recursive: true });
  writeFileSync(at('src/a.py'), 'old');
  mkdirSync(join(home, '.cache/srunx/sync/k'), { recursive: true });
  writeFileSync(join(home, '.cache/srunx/sync/k/list'), 'src/a.py\0');
});
afterEach(() => rmSync(home, { recursive: true }));

/** Whether it came to its end. */
function place(files: Readonly<Record<string, string>>, mayBeNew: boolean, isHeld = true): boolean {
  const entries = Object.values(files).map((content, index) => {
    return { name: `${index}`, content: Buffer.from(content), mode: 0o640, time: 1_700_000_000 };
  });
  const placed = Object.keys(files).map((name, index) => ({ entry: `${index}`, name, mode: '640' }));
  const work = renderPlace(gzipSync(renderTar(entries, 0)).toString('base64'), placed, mayBeNew);
  const nothing = { release: undefined, verify: undefined, owner: undefined, manifest: undefined, state: undefined };
  const close = renderClose({ ...nothing, work, place: { remote: directory, key: 'k' } });
  const stdin = `srunx_is_held() { ${isHeld}; }\n${close}`;
  const { stdout } = spawnSync('sh', { input: stdin, env: { ...process.env, HOME: home }, encoding: 'utf8' });
  expect(readdirSync(directory).filter((name) => name.startsWith('.srunx'))).toEqual([]);
  return parseClose(stdout).isWhole;
}

describe('files that are placed', () => {
  it('take the place of others, with mode and second', () => {
    expect(place({ 'src/a.py': 'new' }, false)).toBe(true);
    const { mode, mtimeMs } = lstatSync(at('src/a.py'));
    expect([readFileSync(at('src/a.py'), 'utf8'), mode & 0o7777, mtimeMs]).toEqual(['new', 0o640, 1_700_000_000_000]);
  });

  it.each([false, true])(
    'are left where something else is in their place (new ones may be among them: %s)',
    (mayBeNew) => {
      rmSync(at('src/a.py'));
      mkdirSync(at('src/a.py'));
      expect(place({ 'src/a.py': 'new' }, mayBeNew)).toBe(false);
      rmSync(at('src/a.py'), { recursive: true });
      writeFileSync(at('b.py'), 'else');
      symlinkSync('../b.py', at('src/a.py'));
      expect(place({ 'src/a.py': 'new' }, mayBeNew)).toBe(false);
      expect([lstatSync(at('src/a.py')).isSymbolicLink(), readFileSync(at('b.py'), 'utf8')]).toEqual([true, 'else']);
    },
  );

  it.each([false, true])('are left where the lock is lost meanwhile (new ones may be among them: %s)', (mayBeNew) => {
    expect(place({ 'src/a.py': 'new' }, mayBeNew, false)).toBe(false);
    expect(place({ 'b.py': 'new' }, mayBeNew, false)).toBe(false);
    expect([readFileSync(at('src/a.py'), 'utf8'), existsSync(at('b.py'))]).toEqual(['old', false]);
  });

  it('are not made where only those may be that are there', () => {
    expect(place({ 'b.py': 'new' }, false)).toBe(false);
    expect(existsSync(at('b.py'))).toBe(false);
  });

  it('are made beside others, and in the place of nothing', () => {
    expect(place({ '-b c.py': 'new', 'src/b.py': 'new', 'src/a.py': 'new' }, true)).toBe(true);
    expect(['-b c.py', 'src/b.py', 'src/a.py'].map((name) => readFileSync(at(name), 'utf8'))).toEqual([
      'new',
      'new',
      'new',
    ]);
    writeFileSync(at('out.py'), 'of a job');
    expect(place({ 'out.py': 'new' }, true)).toBe(false);
    symlinkSync('nowhere', at('link.py'));
    expect(place({ 'link.py': 'new' }, true)).toBe(false);
    expect(place({ 'no/such.py': 'new' }, true)).toBe(false);
    expect([readFileSync(at('out.py'), 'utf8'), lstatSync(at('link.py')).isSymbolicLink()]).toEqual(['of a job', true]);
  });

  it.runIf(isRoot)('have the owner of those that they replace, and the group of a directory that gives it', () => {
    chownSync(at('src/a.py'), 1_234, 4_321);
    chownSync(at('src'), 0, 5_678);
    chmodSync(at('src'), 0o2775);
    expect(place({ 'src/a.py': 'new', 'src/b.py': 'new' }, true)).toBe(true);
    const [a, b] = [lstatSync(at('src/a.py')), lstatSync(at('src/b.py'))];
    expect([a.uid, a.gid, b.gid, a.mode & 0o7777]).toEqual([1_234, 4_321, 5_678, 0o640]);
  });
});
