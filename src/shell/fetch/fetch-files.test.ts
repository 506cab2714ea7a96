import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../../core/errors.ts';
import { listFiles } from '../list-files.ts';
import { LocalShell } from '../local-shell.ts';
import type { Shell, ShellCommand, ShellStream } from '../shell.ts';
import { type FileToFetch, fetchFiles } from './fetch-files.ts';
import { keptBytes, lookAtCopy } from './look-at-copy.ts';

let dir: string;
let from: string;
let to: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx fetch'ed $(x) 日本語-"));
  [from, to] = [join(dir, 'from'), join(dir, 'to')];
  mkdirSync(from);
});
afterEach(() => rmSync(dir, { recursive: true }));

type Remote = Pick<Shell, 'run' | 'stream' | 'name'>;
const shell: Remote = new LocalShell({ name: 'local', env: process.env });
const large = 5 * 1024 * 1024;
const pattern = (length: number) => Buffer.alloc(length, 'The quick brown fox. ');

function put(name: string | Buffer, content: string | Uint8Array = String(name)): Buffer {
  const path = Buffer.concat([Buffer.from(`${from}/`), Buffer.from(name)]);
  mkdirSync(Buffer.from(path.toString('latin1').replace(/\/[^/]*$/, ''), 'latin1'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function plan(): Promise<readonly FileToFetch[]> {
  const { files } = await listFiles({ shell }, [{ path: from }]);
  return files.map((source) => ({ source, destination: Buffer.concat([Buffer.from(`${to}/`), source.raw.below]) }));
}

interface HowToFetch {
  readonly with?: Remote;
  readonly overwrite?: boolean;
  readonly files?: readonly FileToFetch[];
}

/** What became of each file, by its name. */
async function fetch({
  with: reader = shell,
  overwrite = false,
  files,
}: HowToFetch = {}): Promise<Record<string, string>> {
  const ends: Record<string, string> = {};
  await fetchFiles(reader, files ?? (await plan()), {
    ...{ root: to, overwrite, signal: new AbortController().signal, now: Date.now, onBytes: () => undefined },
    onEnd(file, outcome) {
      ends[file.source.below] = typeof outcome === 'string' ? outcome : outcome.code;
    },
  });
  return ends;
}

/** Its output is cut after so many bytes, as that of a connection. */
function cutAfter(bytes: number): Remote {
  const stream = (command: ShellCommand): ShellStream => {
    const whole = shell.stream(command);
    return {
      result: whole.result,
      async *[Symbol.asyncIterator]() {
        let left = bytes;
        for await (const chunk of whole) {
          yield chunk.subarray(0, left);
          left -= Math.min(left, chunk.length);
          if (left === 0) throw new ConnectionError('lost', { code: 'ssh.connection_lost' });
        }
      },
      [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
    };
  };
  return { name: 'cut', run: (command) => shell.run(command), stream };
}

/** Something happens when the first bytes of an answer have come. */
function meanwhile(change: () => void, when: (command: ShellCommand) => boolean = () => true): Remote {
  let isOver = false;
  const stream = (command: ShellCommand): ShellStream => {
    const whole = shell.stream(command);
    if (!when(command)) return whole;
    return {
      result: whole.result,
      async *[Symbol.asyncIterator]() {
        for await (const chunk of whole) {
          if (!isOver) change();
          isOver = true;
          yield chunk;
        }
      },
      [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
    };
  };
  return { name: 'changing', run: (command) => shell.run(command), stream };
}

const copy = (name: string) => join(to, name);
const partials = () => readdirSync(to).filter((name) => name.startsWith('.srunx-'));

describe('fetchFiles', () => {
  it('brings every byte, whatever the names are, with times and modes', async () => {
    const names = ["it's $(x)", 'new\nline', '-rf', '\\n', 'd/日本語', 'x'.repeat(255), 'a[1]*?', ' ', 'd/e/f'];
    for (const name of names) put(name);
    const strange = Buffer.from([0x66, 0xff, 0xfe, 0x2f, 0xc3, 0x28, 0x0a]);
    put(strange, 'strange');
    put('empty', '');
    const content = pattern(large + 1);
    chmodSync(put('y'.repeat(255), content), 0o640);
    utimesSync(join(from, 'd/e/f'), 5, 1_700_000_000.25);
    chmodSync(join(from, 'd/e/f'), 0o751);
    expect(new Set(Object.values(await fetch()))).toEqual(new Set(['copied']));
    for (const name of names) expect(readFileSync(copy(name), 'utf8')).toBe(name);
    expect(readFileSync(Buffer.concat([Buffer.from(`${to}/`), strange]), 'utf8')).toBe('strange');
    expect(statSync(copy('empty')).size).toBe(0);
    expect(readFileSync(copy('y'.repeat(255))).equals(content)).toBe(true);
    const { mode, mtimeMs } = statSync(copy('d/e/f'));
    expect([mode & 0o777, mtimeMs]).toEqual([0o751, 1_700_000_000_250]);
    expect(partials()).toEqual([]);
    expect(await Promise.all((await plan()).map(lookAtCopy))).toEqual(names.concat('1', '2', '3').map(() => 'same'));
  });

  it('needs few executions for many files', async () => {
    for (let index = 0; index < 300; index += 1) put(`many/${index}`);
    let count = 0;
    const counting: Remote = {
      name: 'counting',
      run: (command) => shell.run(command),
      stream(command) {
        count += 1;
        return shell.stream(command);
      },
    };
    await fetch({ with: counting });
    expect([count, readdirSync(copy('many')).length]).toEqual([1, 300]);
  });

  it('leaves another file alone unless it may be replaced', async () => {
    put('small', 'new');
    put('large', pattern(large));
    mkdirSync(to);
    writeFileSync(copy('small'), 'mine');
    writeFileSync(copy('large'), 'mine');
    expect(await fetch()).toEqual({ small: 'exists', large: 'exists' });
    expect([readFileSync(copy('small'), 'utf8'), readFileSync(copy('large'), 'utf8')]).toEqual(['mine', 'mine']);
    expect(partials()).toEqual([]);
    expect(await fetch({ overwrite: true })).toEqual({ small: 'copied', large: 'copied' });
    expect([readFileSync(copy('small'), 'utf8'), statSync(copy('large')).size]).toEqual(['new', large]);
  });

  it('says of each file what is wrong with it, and brings the others', async () => {
    put('gone');
    put('gone large', pattern(large));
    put('fine');
    const files = await plan();
    rmSync(join(from, 'gone'));
    rmSync(join(from, 'gone large'));
    expect(await fetch({ files })).toEqual({ gone: 'vanished', 'gone large': 'vanished', fine: 'copied' });
    expect(readdirSync(to)).toEqual(['fine']);
  });

  it('does not follow a link that has taken the place of a file', async () => {
    put('small');
    put('large', pattern(large));
    const files = await plan();
    for (const name of ['small', 'large']) {
      rmSync(join(from, name));
      symlinkSync('/etc/passwd', join(from, name));
    }
    expect(await fetch({ files })).toEqual({ small: 'vanished', large: 'vanished' });
  });

  it('writes nothing through a link that leads out, and through one that stays inside', async () => {
    put('deep/file');
    put('near/file');
    mkdirSync(join(dir, 'outside'));
    mkdirSync(join(to, 'real'), { recursive: true });
    symlinkSync(join(dir, 'outside'), copy('deep'));
    symlinkSync('real', copy('near'));
    expect(await fetch({ overwrite: true })).toEqual({ 'deep/file': 'get.leads_out', 'near/file': 'copied' });
    expect(readdirSync(join(dir, 'outside'))).toEqual([]);
    expect(readFileSync(copy('real/file'), 'utf8')).toBe('near/file');
  });

  it('copies links as they are', async () => {
    symlinkSync('deep/model', join(from, 'latest'));
    expect(await fetch()).toEqual({ latest: 'copied' });
    expect(readlinkSync(copy('latest'))).toBe('deep/model');
    expect(await fetch()).toEqual({ latest: 'copied' });
    rmSync(join(from, 'latest'));
    symlinkSync('other', join(from, 'latest'));
    expect(await fetch()).toEqual({ latest: 'exists' });
    expect(await fetch({ overwrite: true })).toEqual({ latest: 'copied' });
    expect(readlinkSync(copy('latest'))).toBe('other');
  });

  it('says where a copy cannot be written', async () => {
    put('d/file');
    mkdirSync(to);
    writeFileSync(copy('d'), 'a file');
    expect(await fetch()).toEqual({ 'd/file': expect.stringMatching(/^file\./) });
  });
});

describe('a file that changes while it is copied', () => {
  it.each([
    ['small', 10],
    ['large', large],
  ])('%s: what is appended does no harm', async (_, length) => {
    const path = put('log', pattern(length));
    const append = () => appendFileSync(path, 'more\n');
    expect(await fetch({ with: meanwhile(append) })).toEqual({ log: expect.stringMatching(/copied|grew/) });
    expect(readFileSync(copy('log')).equals(pattern(length))).toBe(true);
  });

  it('is copied again where it became shorter or another one', async () => {
    const path = put('model', pattern(large));
    const files = await plan();
    const shorten = () => {
      truncateSync(path, 0);
      writeFileSync(path, 'short');
    };
    const outcome = await fetch({ files, with: meanwhile(shorten) });
    // What was read before the change may have been all of it.
    if (outcome['model'] === 'copied') expect([5, large]).toContain(statSync(copy('model')).size);
    expect(partials()).toEqual([]);
  });

  it('is refused where it does not come to rest', async () => {
    const path = put('model', pattern(large));
    let turn = 0;
    const restless: Remote = {
      name: 'restless',
      run: (command) => shell.run(command),
      stream(command) {
        const whole = shell.stream(command);
        return {
          result: whole.result,
          async *[Symbol.asyncIterator]() {
            for await (const chunk of whole) {
              turn += 1;
              utimesSync(path, turn, turn);
              yield chunk;
            }
          },
          [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
        };
      },
    };
    expect(await fetch({ with: restless })).toEqual({ model: 'get.changing' });
    expect(readdirSync(to)).toEqual([]);
  });
});

describe('a copy that was cut', () => {
  it('goes on where it stopped, and nothing has its name before it is whole', async () => {
    put('model', pattern(large));
    const files = await plan();
    await expect(fetch({ files, with: cutAfter(2_000_000) })).rejects.toMatchObject({ code: 'ssh.connection_lost' });
    expect(existsSync(copy('model'))).toBe(false);
    expect(partials()).toHaveLength(1);
    const [model] = files;
    const kept = model === undefined ? 0 : await keptBytes(model);
    expect(kept).toBeGreaterThan(1_900_000);
    let came = 0;
    const options = { root: to, overwrite: false, signal: new AbortController().signal, now: Date.now };
    const sent: Remote = {
      name: 'counting',
      run: (command) => shell.run(command),
      stream(command) {
        const whole = shell.stream(command);
        return {
          result: whole.result,
          async *[Symbol.asyncIterator]() {
            for await (const chunk of whole) {
              came += chunk.length;
              yield chunk;
            }
          },
          [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
        };
      },
    };
    await fetchFiles(sent, files, { ...options, onBytes: () => undefined, onEnd: () => undefined });
    expect(came).toBeLessThan(large - kept + 1000);
    expect(readFileSync(copy('model')).equals(pattern(large))).toBe(true);
    expect(partials()).toEqual([]);
  });

  it('begins again where the source is another one, and leaves nothing of the first', async () => {
    const path = put('model', pattern(large));
    await expect(fetch({ with: cutAfter(2_000_000) })).rejects.toThrow();
    const other = Buffer.alloc(large, 'another ');
    writeFileSync(path, other);
    expect(await fetch()).toEqual({ model: 'copied' });
    expect(readFileSync(copy('model')).equals(other)).toBe(true);
    expect(partials()).toEqual([]);
  });

  it('begins again where what is here is not its beginning', async () => {
    put('model', pattern(large));
    await expect(fetch({ with: cutAfter(2_000_000) })).rejects.toThrow();
    const [name = ''] = partials();
    const spoilt = readFileSync(copy(name));
    spoilt.fill(0, 1_000_000, 1_000_100);
    writeFileSync(copy(name), spoilt);
    expect(await fetch()).toEqual({ model: 'copied' });
    expect(readFileSync(copy('model')).equals(pattern(large))).toBe(true);
  });

  it('takes no other thing for its beginning', async () => {
    put('model', pattern(large));
    await expect(fetch({ with: cutAfter(2_000_000) })).rejects.toThrow();
    const [name = ''] = partials();
    rmSync(copy(name));
    const victim = join(dir, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, copy(name));
    expect(await fetch()).toEqual({ model: 'copied' });
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(lstatSync(copy('model')).isFile()).toBe(true);
  });

  it('has of many small files those that came, and of a part nothing', async () => {
    for (let index = 0; index < 50; index += 1) put(`${index}`, pattern(10_000));
    await expect(fetch({ with: cutAfter(100_000) })).rejects.toThrow();
    for (const name of existsSync(to) ? readdirSync(to) : []) expect(statSync(copy(name)).size).toBe(10_000);
    await fetch();
    expect(readdirSync(to)).toHaveLength(50);
  });
});

it('several copies at the same time do no harm to each other', async () => {
  put('model', pattern(large * 4));
  for (let index = 0; index < 40; index += 1) put(`small ${index}`, pattern(index * 1000));
  const files = await plan();
  const ends = await Promise.all([fetch({ files }), fetch({ files }), fetch({ files }), fetch({ files })]);
  for (const end of ends) for (const one of Object.values(end)) expect(one).toBe('copied');
  expect(readFileSync(copy('model')).equals(pattern(large * 4))).toBe(true);
  for (let index = 0; index < 40; index += 1) {
    expect(readFileSync(copy(`small ${index}`)).equals(pattern(index * 1000))).toBe(true);
  }
  expect(await Promise.all(files.map(lookAtCopy))).toEqual(files.map(() => 'same'));
  expect(partials()).toEqual([]);
});
