import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderTar } from '../../shell/ssh/tar-archive.ts';
import { renderFirst, runWhatComes } from './first-script.ts';
import { parseClose, renderClose } from './mount-scripts.ts';

let home: string;
let directory: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'srunx-first-'));
  directory = join(home, "no/ada's code");
});
afterEach(() => rmSync(home, { recursive: true }));

const archive = gzipSync(renderTar([{ name: './a.py', content: Buffer.from('one'), mode: 0o640 }], 1_700_000_000));

/** Whether it came to its end. */
function send(packed: Uint8Array, isHeld = true): boolean {
  const nothing = { release: undefined, verify: undefined, owner: undefined, manifest: undefined, state: undefined };
  const work = renderFirst(directory, '751');
  const close = renderClose({ ...nothing, work, place: { remote: directory, key: 'k' } });
  const script = gzipSync(`srunx_is_held() { ${isHeld}; }\n${close}`);
  const input = Buffer.concat([Buffer.from(`${script.length}\n`), script, packed]);
  const { stdout } = spawnSync('sh', ['-c', `umask 027; ${runWhatComes}`], {
    ...{ input, env: { ...process.env, HOME: home } },
  });
  return parseClose(stdout.toString()).isWhole;
}

const left = () => (existsSync(join(home, 'no')) ? readdirSync(join(home, 'no')) : []);

describe('a first copy', () => {
  it('becomes the directory, with its mode, below directories that are made', () => {
    expect(send(archive)).toBe(true);
    expect(readFileSync(join(directory, 'a.py'), 'utf8')).toBe('one');
    const modes = [join(home, 'no'), directory, join(directory, 'a.py')].map((path) => lstatSync(path).mode & 0o7777);
    expect(modes).toEqual([0o750, 0o751, 0o640]);
    expect(left()).toEqual(["ada's code"]);
  });

  it('is not there where it did not come to its end, or the lock was lost', () => {
    expect(send(archive.subarray(0, -9))).toBe(false);
    expect(send(new Uint8Array())).toBe(false);
    expect(send(archive, false)).toBe(false);
    expect(left()).toEqual([]);
  });

  it('takes the place of nothing', () => {
    mkdirSync(directory, { recursive: true });
    expect(send(archive)).toBe(false);
    rmSync(directory, { recursive: true });
    symlinkSync('nowhere', directory);
    expect(send(archive)).toBe(false);
    expect(lstatSync(directory).isSymbolicLink()).toBe(true);
    expect(left()).toEqual(["ada's code"]);
  });
});
