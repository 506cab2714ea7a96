import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { slowSeconds } from '../../dev/login-shells.ts';
import { mountsBelow } from '../../dev/memory-cgroup.ts';
import { listProcesses, readCommandLine, run } from '../../dev/processes.ts';
import { codePrompt } from '../../dev/second-factor.ts';
import { startSshVariant } from '../../dev/ssh-variants.ts';
import { answerAtTerminal } from '../support/answer-at-terminal.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';
import { plainSsh } from './plain-ssh.ts';

const cluster = useDevCluster();
const whoAndWhere = 'id -un; echo $SLURM_CONF; command -v sbatch >/dev/null && echo sbatch';

describe('a plain variant', () => {
  const variant = useSshVariant(cluster);

  it('lets its own account in, which sees the same Slurm, and counts that', async () => {
    const before = variant().countLogins();
    const { stdout } = await plainSsh(variant(), whoAndWhere);
    expect(stdout).toBe(`${variant().user}\n${cluster().env['SLURM_CONF']}\nsbatch\n`);
    expect(variant().countLogins()).toBe(before + 1);
  });

  it('is met with a host key that is unknown, or another one', async () => {
    variant().setKnownKey('unknown');
    expect(await plainSsh(variant(), 'true')).toMatchObject({ code: 255, stderr: expect.stringContaining('is known') });
    variant().setKnownKey('changed');
    const changed = await plainSsh(variant(), 'true');
    expect(changed).toMatchObject({ code: 255, stderr: expect.stringContaining('HAS CHANGED') });
    variant().setKnownKey('known');
    expect(await plainSsh(variant(), 'true')).toMatchObject({ code: 0 });
  });
});

describe('a second factor', () => {
  const variant = useSshVariant(cluster, { secondFactor: true });

  it('keeps out whoever cannot be asked', async () => {
    const { code, stderr } = await plainSsh(variant(), 'true');
    expect([code, stderr]).toEqual([255, expect.stringContaining('Permission denied (keyboard-interactive)')]);
    expect(variant().countLogins()).toBe(0);
  });

  it('asks at a terminal, and takes each code once', async () => {
    const code = variant().createCode();
    const logIn = () =>
      answerAtTerminal(`ssh -F ${variant().sshConfig} -o NumberOfPasswordPrompts=1 dev 'echo I am in'`, {
        question: /: $/,
        answer: code,
      });
    const first = await logIn();
    expect(first).toEqual({ code: 0, screen: expect.stringContaining(codePrompt) });
    expect(first.screen).toContain('I am in');
    const second = await logIn();
    expect(second).toEqual({ code: 255, screen: expect.stringContaining('Permission denied') });
    expect(variant().countLogins()).toBe(1);
  });
});

describe('a jump host', () => {
  const variant = useSshVariant(cluster, { jump: true });

  it('is logged in to on the way', async () => {
    const answer = await plainSsh(variant(), whoAndWhere, { host: 'dev-via-jump' });
    expect(answer.stdout).toContain(`${variant().user}\n`);
    expect([variant().countLogins(), variant().jump?.countLogins()]).toEqual([1, 1]);
  });

  it.each(['target', 'jump'] as const)('has its key checked, as the other: that of the %s', async (which) => {
    const checked = which === 'jump' ? variant().jump : variant();
    for (const how of ['unknown', 'changed'] as const) {
      checked?.setKnownKey(how);
      expect(await plainSsh(variant(), 'true', { host: 'dev-via-jump' })).toMatchObject({ code: 255 });
    }
    checked?.setKnownKey('known');
    expect(await plainSsh(variant(), 'true', { host: 'dev-via-jump' })).toMatchObject({ code: 0 });
  });
});

describe('a slow login shell', () => {
  const variant = useSshVariant(cluster, { shell: 'slow' });

  it('takes its time for every command', async () => {
    const start = performance.now();
    expect((await plainSsh(variant(), 'echo $0')).stdout).toBe('/bin/bash\n');
    expect(performance.now() - start).toBeGreaterThan(slowSeconds * 1000);
  });
});

describe('a noisy login', () => {
  const variant = useSshVariant(cluster, { shell: 'noisy' });

  it('writes to both streams before the command does', async () => {
    const { stdout, stderr } = await plainSsh(variant(), 'echo answer');
    expect(stdout).toMatch(/^Welcome to dev!\n[\s\S]*\xff\xfe\0\x01\x80[\s\S]*at the endanswer\n$/);
    expect(stderr).toContain('Welcome to dev!');
  });
});

describe.each(['tcsh', 'fish', 'zsh'] as const)('the login shell %s', (shell) => {
  const variant = useSshVariant(cluster, { shell });

  it('is what runs a command', async () => {
    expect((await plainSsh(variant(), 'echo $SHELL; id -un')).stdout).toMatch(
      new RegExp(`/${shell}\\n${variant().user}\\n$`),
    );
    // A command that only this one understands.
    const own = { tcsh: 'set a = (1 2); echo $#a', fish: 'set a 1 2; count $a', zsh: 'a=(1 2); echo ${#${a}}' }[shell];
    expect((await plainSsh(variant(), own)).stdout).toBe('2\n');
  });
});

describe('a home', () => {
  it.each([
    ['read-only', 'Permission denied'],
    ['full', 'No space left on device'],
  ] as const)('that is %s', async (home, words) => {
    await using variant = await startSshVariant(cluster(), { home });
    const { code, stderr } = await plainSsh(variant, 'cd && echo text > file');
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
  });
});

describe('the end of a variant', () => {
  it('leaves nothing behind', async () => {
    const variant = await startSshVariant(cluster(), { home: 'full', relay: {}, jump: true });
    await plainSsh(variant, 'setsid sleep 1000 >/dev/null 2>&1 </dev/null &');
    const accounts = [variant.user, variant.jump?.user ?? ''];
    expect(accounts.map((user) => readFileSync('/etc/passwd', 'utf8').includes(user))).toEqual([true, true]);
    await variant.stop();
    await variant.stop();
    expect(accounts.map((user) => readFileSync('/etc/passwd', 'utf8').includes(user))).toEqual([false, false]);
    expect([existsSync(variant.dir), mountsBelow(variant.dir)]).toEqual([false, []]);
    expect(listProcesses().filter(({ pid }) => readCommandLine(pid).includes(variant.dir))).toEqual([]);
    expect(readdirSync(join(cluster().dir, 'variants'))).not.toContain(variant.dir.split('/').at(-1));
  });
});

describe('the configuration of srunx', () => {
  it('has the account as a profile', async () => {
    const command = join(import.meta.dirname, '../../dev/cluster.ts');
    const env = await run([process.execPath, command, 'env', '--dir', cluster().dir]);
    expect(env).toContain(`export XDG_CONFIG_HOME='${cluster().configHome}'\n`);
    const read = (name: string) => JSON.parse(readFileSync(join(cluster().configHome, 'srunx', name), 'utf8'));
    expect(read('config.json')).toMatchObject({ current_profile: null, profiles: { dev: { ssh_host: 'dev' } } });
    expect(read('extra.json')).toEqual({ profiles: { dev: { ssh_config: cluster().sshConfig } } });
  });
});
