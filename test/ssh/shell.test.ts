import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { slowSeconds } from '../../dev/login-shells.ts';
import type { SshVariant, SshVariantOptions } from '../../dev/ssh-variants.ts';
import type { SshShell } from '../../src/shell/ssh/ssh-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshShells } from '../support/ssh-shells.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const shells = useSshShells();
const hostile = ['a b', "a'b", '"', '$(touch x)', '`id`', '-rf', '', 'a\nb', '\\', '!!', '日本語', '*', '\x01\xff'];

const accountOf = ({ sshConfig }: SshVariant, host = 'dev') => ({ host, configFile: sshConfig });

const say = async (shell: SshShell, script: string) =>
  Buffer.from((await shell.run({ argv: ['sh', '-c', script] })).stdout).toString();

const variants: readonly (readonly [string, SshVariantOptions, string | undefined])[] = [
  ['a plain variant', {}, undefined],
  ['a slow login shell', { shell: 'slow' }, undefined],
  ['a slow start-up file', { shell: 'slow-start' }, undefined],
  ['a noisy login', { shell: 'noisy' }, undefined],
  ['tcsh', { shell: 'tcsh' }, undefined],
  ['fish', { shell: 'fish' }, undefined],
  ['zsh', { shell: 'zsh' }, undefined],
  ['two sessions', { maxSessions: 2 }, undefined],
  ['one session', { maxSessions: 1 }, undefined],
  ['a read-only home', { home: 'read-only' }, undefined],
  ['a full home', { home: 'full' }, undefined],
  ['a slow network', { relay: { delayMs: 20 } }, undefined],
  ['a jump host', { jump: true }, 'dev-via-jump'],
];

describe.each(variants)('the shell over %s', (_, options, host) => {
  const variant = useSshVariant(cluster, options);
  const open = () => shells.open(accountOf(variant(), host));

  it.each([false, true])(
    'passes on hostile words, and nothing but the output (with the request: %s)',
    async (together) => {
      const { stdout, stderr, exitCode } = await open().run({ argv: ['printf', '%s\\0', ...hostile], together });
      expect([Buffer.from(stdout).toString().split('\0').slice(0, -1), exitCode]).toEqual([hostile, 0]);
      expect(Buffer.from(stderr).toString()).toBe('');
    },
  );

  it('asks what goes together in one execution', async () => {
    const shell = open();
    // A session of its own for each.
    const argv = ['sh', '-c', 'ps -o sid= -p $$'] as const;
    const sessions = (answers: readonly { readonly stdout: Uint8Array }[]) =>
      new Set(answers.map(({ stdout }) => Buffer.from(stdout).toString().trim())).size;
    const ask = (together: boolean) => shell.run({ argv, together });
    expect(sessions(await Promise.all([ask(true), ask(true), ask(true)]))).toBe(1);
    expect(sessions([await ask(true), await ask(true)])).toBe(2);
  });

  it('finds Slurm, and knows who and where it is', async () => {
    const shell = open();
    const found = await say(shell, 'command -v sbatch; command -v squeue; echo "$SLURM_CONF"; pwd');
    expect(found.split('\n')).toEqual([
      expect.stringMatching(/^\/.*\/sbatch$/),
      expect.stringMatching(/^\/.*\/squeue$/),
      cluster().env['SLURM_CONF'],
      variant().home,
      '',
    ]);
    const { user, home } = variant();
    expect(await shell.facts()).toMatchObject({ user, home, missing: [] });
    const queue = await shell.run({ argv: ['squeue', '-h', '--me'] });
    expect([queue.exitCode, Buffer.from(queue.stderr).toString()]).toEqual([0, '']);
  });

  it('leaves a session to those who come later', async () => {
    const place = () => `${shells.open(accountOf(variant(), host)).master.places.socket}.idle`;
    const use = async (script: string) => {
      await using shell = shells.open(accountOf(variant(), host), { leavesSession: true });
      return await say(shell, script);
    };
    const parent = 'ps -o ppid= -p "$PPID"';
    const first = await use(parent);
    // Of a single session, none is left over.
    if (options.maxSessions === 1) return expect(await use('echo well')).toBe('well\n');
    await expect.poll(() => existsSync(place()), { timeout: 20_000 }).toBe(true);
    const second = await use(parent);
    expect(await use('printf "a\\0b"; echo aside >&2')).toBe('a\0b');
    expect([await use(parent), second === first]).toEqual([second, false]);
  });

  it('logs in once for ten commands, one after another and at once', async () => {
    const before = variant().countLogins();
    const shell = open();
    const numbers = Array.from({ length: 10 }, (_, index) => `${index}`);
    for (const number of numbers) expect(await say(shell, `echo ${number}`)).toBe(`${number}\n`);
    const answers = await Promise.all(numbers.map((number) => say(shell, `sleep 0.3; echo ${number}`)));
    expect(answers).toEqual(numbers.map((number) => `${number}\n`));
    expect(variant().countLogins()).toBe(before + 1);
  });

  it('lends bash what only its login has', async () => {
    const { stdout } = await open().run({ argv: ['sh', '-c', 'echo "$HOME"'], login: true });
    expect(Buffer.from(stdout).toString()).toBe(`${variant().home}\n`);
  });
});

describe.each([
  ['as many sessions as they like', {}],
  ['two sessions for all of them', { maxSessions: 2 }],
] as const)('ten processes at once, with %s', (_, options) => {
  const variant = useSshVariant(cluster, options);

  it('share one login', async () => {
    shells.open(accountOf(variant()));
    const program = join(import.meta.dirname, 'run-command.ts');
    const env = { ...process.env, ...shells.env() };
    const runOne = async (number: number) => {
      const argv = [program, variant().sshConfig, 'sh', '-c', `sleep 0.3; echo ${number}`];
      return (await promisify(execFile)(process.execPath, argv, { env })).stdout;
    };
    const numbers = Array.from({ length: 10 }, (_number, index) => index);
    expect(await Promise.all(numbers.map(runOne))).toEqual(numbers.map((number) => `${number}\n`));
    expect(variant().countLogins()).toBe(1);
  });
});

describe('a login that takes long', () => {
  const slow = useSshVariant(cluster, { shell: 'slow' });
  const slowStart = useSshVariant(cluster, { shell: 'slow-start' });

  it('is paid once for all commands of a channel', async () => {
    const shell = shells.open(accountOf(slow()));
    await shell.facts();
    const start = performance.now();
    for (let count = 0; count < 20; count += 1) await say(shell, 'true');
    expect(performance.now() - start).toBeLessThan(slowSeconds * 1000);
  });

  it('is paid once a day where it is the start-up files that take it, and again when they change', async () => {
    const time = async () => {
      const shell = shells.open(accountOf(slowStart()));
      const start = performance.now();
      expect(await say(shell, 'echo "$SRUNX_DEV_PROFILE"')).toBe('yes\n');
      await shell[Symbol.asyncDispose]();
      return performance.now() - start;
    };
    expect(await time()).toBeGreaterThan(slowSeconds * 1000);
    expect(await time()).toBeLessThan(slowSeconds * 1000);
    await say(shells.open(accountOf(slowStart())), 'touch -d "1 minute" "$HOME/.profile"');
    expect(await time()).toBeGreaterThan(slowSeconds * 1000);
  });
});
