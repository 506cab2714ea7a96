import { posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { SrunxError } from '../../src/core/errors.ts';
import type { Shell } from '../../src/shell/shell.ts';

export interface ShellUnderTest {
  create(): Promise<Shell>;
}

const hostileWords = [
  ...[
    '',
    ' ',
    'a b',
    "a'b",
    'a"b',
    '$(touch x)',
    '`id`',
    '${HOME}',
    '$HOME',
    '*',
    '?',
    '[a-z]',
    '~',
    '~root',
    '-rf',
    '--',
  ],
  ...[
    'a\nb',
    '\n',
    'trailing\n',
    'a\tb',
    '\r',
    'a\\b',
    '\\',
    'a\\nb',
    '!!',
    '#x',
    ';',
    '&',
    '|',
    '>x',
    '<x',
    '=',
    'A=b',
  ],
  ...['日本語', 'é', '\u{1F680}', '\u001b[31m', '\u0007', '\u001f', '%s%n', 'x'.repeat(100_000)],
];

const missingCommand = 'srunx-test-no-such-command';

/** What every shell must do, whichever machine it reaches. Uses nothing but the shell, so it runs for remote ones as well. */
export function describeShell(name: string, { create }: ShellUnderTest): void {
  describe(`the shell ${name}`, () => {
    let shell: Shell;
    let scratch: string;
    beforeAll(async () => {
      shell = await create();
      scratch = (await textOf(shell, sh('mktemp -d "${TMPDIR:-/tmp}/srunx-shell-XXXXXX"'))).trimEnd();
    });
    afterAll(async () => {
      await shell.run({ argv: ['rm', '-rf', '--', scratch] });
      await shell[Symbol.asyncDispose]();
    });
    const at = (file: string): string => posix.join(scratch, file);
    const sh = (script: string, ...args: string[]): [string, ...string[]] => ['sh', '-c', script, 'sh', ...args];

    describe('passes on', () => {
      it('arguments byte for byte', async () => {
        const output = await textOf(shell, ['printf', '%s\\0', ...hostileWords]);
        expect(output.split('\0').slice(0, -1)).toEqual(hostileWords);
      });

      it('a command whose own path is hostile', async () => {
        const path = at("$(x) a'b\n日本語");
        await shell.writeFiles([{ path, content: '#!/bin/sh\nprintf %s "$1"\n', mode: 0o700 }]);
        expect(await textOf(shell, [path, '-rf'])).toBe('-rf');
      });

      it('variables byte for byte, and removes others', async () => {
        const env = { SRUNX_TEST_A: "a'b\n$(x) 日本語", SRUNX_TEST_B: '', HOME: undefined };
        const script = 'printf "%s|%s|%s" "$SRUNX_TEST_A" "${SRUNX_TEST_B-unset}" "${HOME-unset}"';
        expect(await textOf(shell, sh(script), { env })).toBe(`${env.SRUNX_TEST_A}||unset`);
      });

      it('a hostile working directory', async () => {
        const cwd = at("a b'\n$(x)");
        await shell.run({ argv: ['mkdir', '--', cwd] });
        expect(await textOf(shell, ['sh', '-c', 'pwd; echo .'], { cwd })).toBe(`${cwd}\n.\n`);
      });

      it('ten megabytes of input, whatever the bytes', async () => {
        const stdin = patternOf(10 * 1024 * 1024);
        const { stdout } = await shell.run({ argv: ['cat'], stdin });
        expect(Buffer.compare(stdout, stdin)).toBe(0);
      });

      it('no input at all', async () => {
        expect(await textOf(shell, ['cat'])).toBe('');
        expect(await textOf(shell, ['cat'], { stdin: '' })).toBe('');
      });

      it('input to a command that does not read it', async () => {
        const result = await shell.run({ argv: sh('exec 0<&-; exit 4'), stdin: patternOf(1024 * 1024) });
        expect(result.exitCode).toBe(4);
      });
    });

    describe('returns', () => {
      it('every byte value, on each stream', async () => {
        const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
        const result = await shell.run({ argv: sh('cat >"$1"; cat "$1"; cat "$1" >&2', at('bytes')), stdin: bytes });
        expect([result.stdout, result.stderr].map((stream) => [...stream])).toEqual([[...bytes], [...bytes]]);
      });

      it('output without a newline at its end, and empty output', async () => {
        const result = await shell.run({ argv: ['printf', 'a\n\nb'] });
        expect(decode(result.stdout)).toBe('a\n\nb');
        expect([...result.stderr]).toEqual([]);
      });

      it.each([0, 1, 3, 126, 127, 128, 137, 255])('exit code %i', async (code) => {
        const result = await shell.run({ argv: sh('exit "$1"', `${code}`) });
        expect([result.exitCode, result.signalName]).toEqual([code, null]);
      });

      it('to each of several commands that go together its own answer', async () => {
        const ask = (argv: [string, ...string[]], env = {}) => shell.run({ argv, env, together: true });
        const script = sh('cat; printf "%s " "$A"; echo aside >&2; exit 3');
        const answers = await Promise.all([
          ...[ask(['printf', '%s\\0', ...hostileWords.slice(0, -1)]), ask(script, { A: "it's" })],
          ...[ask([missingCommand]), ask(sh('head -c 1000000 /dev/zero')), ask(['cat', at('nothing here')])],
        ]);
        expect(decode(answers[0]?.stdout).split('\0').slice(0, -1)).toEqual(hostileWords.slice(0, -1));
        expect([decode(answers[1]?.stdout), decode(answers[1]?.stderr).trim()]).toEqual(["it's ", 'aside']);
        expect(answers.map(({ exitCode }) => exitCode)).toEqual([0, 3, 127, 0, 1]);
        expect(answers[3]?.stdout.length).toBe(1_000_000);
        expect(decode(answers[4]?.stderr)).toContain('nothing here');
        expect(answers.every(({ signalName, truncated }) => signalName === null && !truncated)).toBe(true);
      });

      it('127 for a command that does not exist', async () => {
        expect((await shell.run({ argv: [missingCommand, 'x'] })).exitCode).toBe(127);
        expect((await shell.run({ argv: [at('nothing here')] })).exitCode).toBe(127);
      });

      it('126 for a file that is no program', async () => {
        await shell.writeFiles([{ path: at('data'), content: 'x' }]);
        expect((await shell.run({ argv: [at('data')] })).exitCode).toBe(126);
      });

      it.each(['KILL', 'TERM', 'SEGV'])('the signal %s that ended the command', async (signal) => {
        const result = await shell.run({ argv: sh('ulimit -c 0; kill -s "$1" $$', signal) });
        expect([result.exitCode, result.signalName]).toEqual([null, `SIG${signal}`]);
      });

      it('both streams of a command that fills both', async () => {
        const script = 'head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2';
        const result = await shell.run({ argv: sh(script) });
        expect([result.stdout.length, result.stderr.length, result.truncated]).toEqual([3_000_000, 6_000_000, false]);
      });

      it('the first bytes of output beyond the cap, and says so', async () => {
        const result = await shell.run({ argv: sh('head -c 20000000 /dev/zero; exit 3'), maxBytes: 1_000 });
        expect([result.stdout.length, result.truncated, result.exitCode]).toEqual([1_000, true, 3]);
        const exact = await shell.run({ argv: ['printf', 'abcd'], maxBytes: 4 });
        expect([decode(exact.stdout), exact.truncated]).toEqual(['abcd', false]);
      });

      it('fifty results of fifty commands at once', async () => {
        const results = await Promise.all(
          Array.from({ length: 50 }, (_, index) => shell.run({ argv: sh('echo "$1"; exit "$1"', `${index}`) })),
        );
        expect(results.map(({ stdout, exitCode }) => [decode(stdout), exitCode])).toEqual(
          results.map((_, index) => [`${index}\n`, index]),
        );
      });
    });

    describe('refuses', () => {
      it('a working directory that does not exist', async () => {
        await expect(shell.run({ argv: ['true'], cwd: at('missing') })).rejects.toSatisfy(
          (error) => error instanceof SrunxError && error.kind === 'not_found' && error.message.includes(at('missing')),
        );
      });

      it('an argument that no command line can hold', async () => {
        await expect(shell.run({ argv: ['true', 'x'.repeat(3_000_000)] })).rejects.toBeInstanceOf(SrunxError);
        await expect(shell.run({ argv: ['true', 'a\0b'] })).rejects.toBeInstanceOf(Error);
      });
    });

    describe('ends', () => {
      /** Starts a tree of processes that ignores TERM in part and names its members in files. */
      const tree = 'echo $$ >"$1/leader"; (trap "" TERM; sleep 600 & echo $! >"$1/child"; wait) & sleep 600';
      const startTree = async (options: { signal?: AbortSignal; timeoutMs?: number }) => {
        const directory = (await textOf(shell, ['mktemp', '-d', at('tree-XXXXXX')])).trimEnd();
        const ended = shell.run({ argv: sh(tree, directory), ...options });
        const readPids = async () =>
          (await textOf(shell, sh('cat "$1/leader" "$1/child" 2>/dev/null', directory))).split('\n').filter(Boolean);
        return { ended, readPids };
      };
      const livingOf = async (pids: readonly string[]): Promise<string[]> => {
        const script = 'for pid; do case $(ps -o stat= -p "$pid") in "" | Z*) ;; *) echo "$pid" ;; esac; done';
        return (await textOf(shell, sh(script, ...pids))).split('\n').filter(Boolean);
      };

      it('a whole process tree when its time is over', async () => {
        const { ended, readPids } = await startTree({ timeoutMs: 700 });
        await expect(ended).rejects.toMatchObject({ kind: 'timeout', exitCode: 124 });
        const pids = await readPids();
        expect(pids).toHaveLength(2);
        expect(await waitUntil(async () => (await livingOf(pids)).length === 0, 5_000)).toBe(true);
      });

      it('a whole process tree on abort, with the reason of the abort', async () => {
        const controller = new AbortController();
        const { ended, readPids } = await startTree({ signal: controller.signal });
        ended.catch(() => undefined);
        expect(await waitUntil(async () => (await readPids()).length === 2, 10_000)).toBe(true);
        const pids = await readPids();
        expect(await livingOf(pids)).toEqual(pids);
        const reason = new Error('enough');
        controller.abort(reason);
        await expect(ended).rejects.toBe(reason);
        expect(await waitUntil(async () => (await livingOf(pids)).length === 0, 5_000)).toBe(true);
      });

      it('nothing that was aborted before it began', async () => {
        const signal = AbortSignal.abort(new Error('too late'));
        await expect(shell.run({ argv: ['touch', at('touched')], signal })).rejects.toThrow('too late');
        expect(await shell.readFile({ path: at('touched') })).toBeUndefined();
      });

      it('others undisturbed', async () => {
        const controller = new AbortController();
        const aborted = shell.run({ argv: ['sleep', '600'], signal: controller.signal });
        const other = shell.run({ argv: sh('while [ ! -e "$1" ]; do sleep 0.02; done; echo here', at('go')) });
        controller.abort();
        await expect(aborted).rejects.toThrow();
        await shell.writeFiles([{ path: at('go'), content: '' }]);
        expect(decode((await other).stdout)).toBe('here\n');
      });
    });

    describe('streams', () => {
      it('output as it comes, then the end', async () => {
        const script = 'echo first; while [ ! -e "$1" ]; do sleep 0.02; done; echo second; echo aside >&2; exit 3';
        await using stream = shell.stream({ argv: sh(script, at('continue')) });
        let text = '';
        for await (const chunk of stream) {
          text += decode(chunk);
          if (text === 'first\n') await shell.writeFiles([{ path: at('continue'), content: '' }]);
        }
        expect(text).toBe('first\nsecond\n');
        const result = await stream.result;
        expect([result.exitCode, decode(result.stderr), result.stdout.length]).toEqual([3, 'aside\n', 0]);
      });

      it('binary output unchanged', async () => {
        const stdin = patternOf(3_000_000);
        await using stream = shell.stream({ argv: ['cat'], stdin });
        const chunks: Uint8Array[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        expect(Buffer.compare(Buffer.concat(chunks), stdin)).toBe(0);
      });

      it('until the reader leaves, and ends the command', async () => {
        const pidFile = at('stream-pid');
        const stream = shell.stream({ argv: sh('echo $$ >"$1"; while :; do echo x; sleep 0.01; done', pidFile) });
        for await (const chunk of stream) if (chunk.length > 0) break;
        await stream[Symbol.asyncDispose]();
        const pid = (await textOf(shell, ['cat', pidFile])).trim();
        const isGone = async () => (await shell.run({ argv: ['kill', '-0', pid] })).exitCode !== 0;
        expect(await waitUntil(isGone, 5_000)).toBe(true);
      });

      it('until abort, which the reader hears of', async () => {
        const controller = new AbortController();
        await using stream = shell.stream({ argv: sh('echo x; sleep 600'), signal: controller.signal });
        const read = async () => {
          for await (const _ of stream) controller.abort(new Error('enough'));
        };
        await expect(read()).rejects.toThrow('enough');
        await expect(stream.result).rejects.toThrow('enough');
      });

      it('127 for a command that does not exist', async () => {
        await using stream = shell.stream({ argv: [missingCommand] });
        for await (const chunk of stream) expect(chunk.length).toBe(0);
        expect((await stream.result).exitCode).toBe(127);
      });
    });

    describe('reads', () => {
      const path = () => at("log a'b.txt");

      it('from exact offsets, also in the middle of a character', async () => {
        await shell.writeFiles([{ path: path(), content: 'a日b' }]);
        const cases = [
          [0, undefined, 'a日b', 0],
          [0, 2, 'a\xe6', 0],
          [2, undefined, '\x97\xa5b', 2],
          [5, undefined, '', 5],
          [9, undefined, '', 9],
          [-1, undefined, 'b', 4],
          [-99, undefined, 'a日b', 0],
          [-3, 2, '\x97\xa5', 2],
        ] as const;
        for (const [offset, maxBytes, expected, start] of cases) {
          const chunk = await shell.readFile({ path: path(), offset, maxBytes });
          const bytes = expected.includes('日') ? Buffer.from(expected) : Buffer.from(expected, 'latin1');
          expect([Buffer.from(chunk?.bytes ?? []), chunk?.offset, chunk?.size]).toEqual([bytes, start, 5]);
        }
      });

      it('every byte value and a megabyte at once', async () => {
        const content = patternOf(1_500_000);
        await shell.writeFiles([{ path: path(), content }]);
        const first = await shell.readFile({ path: path() });
        const second = await shell.readFile({ path: path(), offset: first?.bytes.length });
        expect(first?.bytes).toHaveLength(1024 * 1024);
        expect(
          Buffer.compare(Buffer.concat([first?.bytes ?? [], second?.bytes ?? []].map((b) => Buffer.from(b))), content),
        ).toBe(0);
      });

      it('what was added to a file, and the same identity', async () => {
        await shell.writeFiles([{ path: path(), content: 'one\n' }]);
        const before = await shell.readFile({ path: path() });
        await shell.run({ argv: sh('echo two >>"$1"', path()) });
        const after = await shell.readFile({ path: path(), offset: before?.size });
        expect([decode(after?.bytes), after?.size, after?.fileId]).toEqual(['two\n', 8, before?.fileId]);
      });

      it('the smaller size of a truncated file, and the other identity of a replaced one', async () => {
        await shell.writeFiles([{ path: path(), content: 'a long line\n' }]);
        const before = await shell.readFile({ path: path() });
        await shell.run({ argv: sh('echo x >"$1"', path()) });
        const truncated = await shell.readFile({ path: path(), offset: before?.size });
        expect([truncated?.size, truncated?.bytes.length, truncated?.fileId]).toEqual([2, 0, before?.fileId]);
        await shell.writeFiles([{ path: path(), content: 'new' }]);
        expect((await shell.readFile({ path: path() }))?.fileId).not.toBe(before?.fileId);
      });

      it('nothing of a file that does not exist', async () => {
        expect(await shell.readFile({ path: at('missing') })).toBeUndefined();
        expect(await shell.readFile({ path: at('missing/deeper') })).toBeUndefined();
      });

      it('devices and pipes without waiting', async () => {
        await shell.run({ argv: ['mkfifo', at('pipe')] });
        expect((await shell.readFile({ path: at('pipe') }))?.bytes).toHaveLength(0);
        expect((await shell.readFile({ path: '/dev/null' }))?.bytes).toHaveLength(0);
      });

      it('no directory, and says so', async () => {
        await expect(shell.readFile({ path: scratch, offset: -10 })).rejects.toBeInstanceOf(SrunxError);
      });
    });

    describe('writes', () => {
      const modesBelow = async (path: string) =>
        (await textOf(shell, ['find', path, '-printf', '%m %P\\n'])).split('\n');

      it('files with their modes, and parents that only the account can enter', async () => {
        const root = at('new');
        await shell.writeFiles([
          { path: `${root}/a b/deep/x`, content: patternOf(1000) },
          { path: `${root}/-rf`, content: '日本語', mode: 0o755 },
          { path: `${root}/a\n'b'`, content: '', mode: 0o644 },
        ]);
        const modes = await modesBelow(root);
        for (const line of ['700 ', '700 a b', '700 a b/deep', '600 a b/deep/x', '755 -rf'])
          expect(modes).toContain(line);
        expect(await textOf(shell, ['cat', '--', `${root}/-rf`])).toBe('日本語');
        expect(await textOf(shell, ['cat', '--', `${root}/a\n'b'`])).toBe('');
        expect(modes).not.toContainEqual(expect.stringContaining('tmp'));
      });

      it('over what is there: the content, not the file behind a link', async () => {
        await shell.writeFiles([{ path: at('kept'), content: 'kept' }]);
        await shell.run({ argv: ['ln', '-s', at('kept'), at('link')] });
        await shell.writeFiles([{ path: at('link'), content: 'new', mode: 0o700 }]);
        await shell.writeFiles([{ path: at('link'), content: 'newer', mode: 0o700 }]);
        expect(await textOf(shell, ['cat', at('kept'), at('link')])).toBe('keptnewer');
      });

      it('never half a file', async () => {
        const path = at('whole');
        const contents = ['a', 'b'].map((letter) => letter.repeat(3_000_000));
        await shell.writeFiles([{ path, content: contents[0] ?? '' }]);
        let writing = true;
        const writer = (async () => {
          for (let round = 1; round <= 6; round += 1)
            await shell.writeFiles([{ path, content: contents[round % 2] ?? '' }]);
          writing = false;
        })();
        const seen = new Set<string>();
        while (writing) seen.add(decode((await shell.readFile({ path, maxBytes: 4_000_000 }))?.bytes));
        await writer;
        for (const content of seen) expect(contents.includes(content)).toBe(true);
      });

      it('two thousand files quickly', async () => {
        const files = Array.from({ length: 2_000 }, (_, index) => ({
          path: at(`many/${index % 10}/${index}`),
          content: `${index}\n`,
        }));
        const startedAt = performance.now();
        await shell.writeFiles(files);
        expect(performance.now() - startedAt).toBeLessThan(20_000);
        expect(
          await textOf(shell, sh('cd "$1" && cat */* | sort -n | tail -n 1; find . -type f | wc -l', at('many'))),
        ).toBe('1999\n2000\n');
      });

      it('nothing where it may not, and says so', async () => {
        await shell.writeFiles([{ path: at('file'), content: '' }]);
        // Nobody may make files in /sys, not even an administrator.
        for (const path of [at('file/below'), '/sys/srunx-test/x', '/sys/srunx-test', scratch]) {
          await expect(shell.writeFiles([{ path, content: 'x' }]), path).rejects.toSatisfy(
            (error) =>
              error instanceof SrunxError && error.hint !== undefined && error.message.includes(path.slice(0, 4)),
          );
        }
        expect((await modesBelow(scratch)).filter((line) => line.endsWith('.tmp'))).toEqual([]);
      });

      it('nothing after an abort', async () => {
        const signal = AbortSignal.abort(new Error('too late'));
        await expect(shell.writeFiles([{ path: at('late'), content: 'x' }], { signal })).rejects.toThrow('too late');
        expect(await shell.readFile({ path: at('late') })).toBeUndefined();
      });

      it('and runs a command when all of them are there', async () => {
        const files = ['one', 'two', 'sub/three'].map((name) => ({ path: at(`both/${name}`), content: name }));
        const script = sh(
          'cat "$1/one" "$1/two" "$1/sub/three"; cat; echo "$A ${LC_ALL-unset}" >&2; exit 12',
          at('both'),
        );
        const env = { A: "it's", LC_ALL: undefined };
        const { stdout, stderr, exitCode } = await shell.writeAndRun(files, { argv: script, env });
        expect([decode(stdout), decode(stderr), exitCode]).toEqual(['onetwosub/three', "it's unset\n", 12]);
        expect((await shell.writeAndRun([], { argv: sh('exit 3') })).exitCode).toBe(3);
      });

      it('and runs nothing where one of them cannot be written', async () => {
        await shell.writeFiles([{ path: at('blocked'), content: '' }]);
        const files = [{ path: at('blocked/file'), content: '' }];
        const both = shell.writeAndRun(files, { argv: ['touch', at('it ran')] });
        await expect(both).rejects.toSatisfy((error) => error instanceof SrunxError && error.kind === 'storage');
        expect(await shell.readFile({ path: at('it ran') })).toBeUndefined();
      });
    });
  });
}

async function textOf(
  shell: Shell,
  argv: readonly [string, ...string[]],
  options: Omit<Parameters<Shell['run']>[0], 'argv'> = {},
): Promise<string> {
  return decode((await shell.run({ argv, ...options })).stdout);
}

function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** Bytes of every value in an order that does not repeat soon. */
function patternOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + (index >> 8) * 7) & 0xff;
  return bytes;
}
