import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalShell } from '../local-shell.ts';
import type { ShellCommand } from '../shell.ts';
import { CommandPack } from './command-pack.ts';

/** With the interpreter in place of `sh`; each time that something is run, it is noted. */
function packOf(interpreter: string, extra: Partial<ShellCommand> = {}) {
  const shell = new LocalShell({ name: 'local', env: process.env });
  const ran: string[] = [];
  const pack = new CommandPack((command, [program, ...words] = command.argv) => {
    ran.push(program);
    return shell.run({ ...command, argv: [program === 'sh' ? interpreter : program, ...words], ...extra });
  });
  const run = async (...argv: ShellCommand['argv']) => read(await pack.run({ argv }));
  return { pack, run, ran };
}

function read({ exitCode, stdout, stderr }: Awaited<ReturnType<CommandPack['run']>>) {
  return [exitCode, Buffer.from(stdout).toString(), Buffer.from(stderr).toString()];
}

describe.each(['dash', 'bash'])('commands of one turn, with %s', (interpreter) => {
  it('are run as one, and each has its own answer', async () => {
    const { run, ran } = packOf(interpreter);
    const answers = await Promise.all([
      run('printf', '%s', "a b\n'c'\n\n"),
      run('sh', '-c', 'cat; echo aside >&2; exit 3'),
      run('true'),
      run('sh', '-c', 'kill -TERM $$'),
    ]);
    expect(answers).toEqual([
      [0, "a b\n'c'\n\n", ''],
      [3, '', 'aside'],
      [0, '', ''],
      [143, '', expect.any(String)],
    ]);
    expect(ran).toEqual(['sh']);
  });

  it('are run at the same time, however much they write', async () => {
    const { pack, run } = packOf(interpreter);
    const dir = mkdtempSync(join(tmpdir(), 'srunx-pack-'));
    const pipe = join(dir, 'pipe');
    await run('mkfifo', pipe);
    // Each of the first two waits for the other.
    const scripts = ['echo hello >"$1"', 'cat "$1"', 'head -c 3000000 /dev/zero', 'head -c 3000000 /dev/zero >&2'];
    const answers = await Promise.all(scripts.map((script) => pack.run({ argv: ['sh', '-c', script, 'sh', pipe] })));
    rmSync(dir, { recursive: true });
    expect(answers.map(({ stdout, exitCode }) => [stdout.length, exitCode])).toEqual([
      ...[
        [0, 0],
        [6, 0],
        [3_000_000, 0],
      ],
      [0, 0],
    ]);
  }, 10_000);

  it('each have the variables that were given, and a limit of their own', async () => {
    const { pack } = packOf(interpreter);
    const script = 'echo "${ONE-none} ${TWO-none} ${HOME-none}"';
    const answers = await Promise.all([
      pack.run({ argv: ['sh', '-c', script], env: { ONE: "it's", HOME: undefined } }),
      pack.run({ argv: ['sh', '-c', script], env: { TWO: '2' }, maxBytes: 6 }),
    ]);
    expect(answers.map(read)).toEqual([
      [0, "it's none none\n", ''],
      [0, 'none 2', ''],
    ]);
    expect(answers.map(({ truncated }) => truncated)).toEqual([false, true]);
  });
});

it('what is asked alone is run as it is, and what stops one of them goes with no other', async () => {
  const { run, pack, ran } = packOf('sh');
  await run('true');
  const [one, other] = [new AbortController(), new AbortController()];
  await Promise.all([
    pack.run({ argv: ['true'], signal: one.signal }),
    pack.run({ argv: ['false'], signal: other.signal }),
    pack.run({ argv: ['cat'], stdin: 'text' }),
  ]);
  expect(ran.toSorted()).toEqual(['cat', 'false', 'true', 'true']);
});

it('the first failure is that of whoever asked first', async () => {
  const { run } = packOf('sh');
  const slow = async () => {
    const [code] = await run('sh', '-c', 'exit 3');
    for (let step = 0; step < 20; step += 1) await undefined;
    throw new Error(`first ${code}`);
  };
  const quick = () => run('false').then(() => Promise.reject(new Error('second')));
  await expect(Promise.all([slow(), quick()])).rejects.toThrow('first 3');
});

it('an answer that does not come fails, and a failure is that of all', async () => {
  const cut = packOf('sh', { maxBytes: 20 });
  const [first, second] = await Promise.all([cut.run('echo', 'one'), cut.run('echo', 'two')]);
  expect([first?.[1], second?.[1]]).not.toContain('two\n');
  const { run } = packOf('no-such-shell');
  expect((await Promise.all([run('true'), run('true')])).map(([code]) => code)).toEqual([127, 127]);
  const broken = new CommandPack(() => Promise.reject(new Error('gone')));
  const asked = [broken.run({ argv: ['true'] }), broken.run({ argv: ['true'] })];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
