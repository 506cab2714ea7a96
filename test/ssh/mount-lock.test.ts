import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SshVariantOptions } from '../../dev/ssh-variants.ts';
import { keepLockScript, releaseLockCall } from '../../src/core/sync/lock-shell.ts';
import { type MountLockRequest, withMountLock } from '../../src/sync/mount-lock.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshShells } from '../support/ssh-shells.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const shells = useSshShells();

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'srx-lock-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

type Given = Pick<MountLockRequest, 'shell' | 'remote'> & Partial<MountLockRequest>;
const request = (given: Given): MountLockRequest => ({
  ...{
    account: 'ada@dev:22',
    directory: join(directory, 'here'),
    purpose: 'srunx ssh sync',
    timeoutMs: 60_000,
    ...given,
  },
});

const variants: readonly (readonly [string, SshVariantOptions])[] = [
  ['a plain login', {}],
  ['tcsh', { shell: 'tcsh' }],
  ['fish', { shell: 'fish' }],
  ['a noisy login', { shell: 'noisy' }],
];

describe.each(variants)('the lock of a mount over %s', (_, options) => {
  const variant = useSshVariant(cluster, options);
  const open = () => shells.open({ host: 'dev', configFile: variant().sshConfig });

  it('is taken with the first work and given back with the last, in one execution each', async () => {
    const shell = open();
    const remote = "/tmp/srunx a'b $(x) 日本語/new";
    const first = { script: 'printf "%s\\n" "$HOME"; cat; exit 3', stdin: '\0input' };
    const home = await withMountLock(request({ shell, remote, first }), async (held) => {
      const [there = '', rest] = Buffer.from(held.first.stdout).toString().split('\n');
      expect([rest, held.first.exitCode]).toEqual(['\0input', 3]);
      expect(readdirSync(join(there, '.cache/srunx/locks'))).toHaveLength(1);
      const other = request({ shell: open(), remote, directory: join(directory, 'there'), timeoutMs: 1_000 });
      await expect(withMountLock(other, async () => 1)).rejects.toMatchObject({
        ...{ code: 'sync.locked', message: expect.stringContaining('with srunx ssh sync') },
      });
      const last = `${keepLockScript(held.key)} && ${releaseLockCall(held.key)}; exit $?`;
      expect(await shell.run({ argv: ['sh', '-c', last] })).toMatchObject({ exitCode: 0 });
      held.markReleased();
      return there;
    });
    expect(readdirSync(join(home, '.cache/srunx/locks'))).toEqual([]);
  });
});

describe('the lock of a mount', () => {
  const variant = useSshVariant(cluster);
  const account = () => ({ host: 'dev', configFile: variant().sshConfig });
  const remote = '/tmp/srunx-locked';

  /** Another process, which has the lock until it is killed. */
  async function holdElsewhere() {
    const path = (file: string) => JSON.stringify(new URL(file, import.meta.url).pathname);
    const asked = { account: 'ada@dev:22', remote, directory: join(directory, 'here'), purpose: 'srunx sbatch' };
    const script = `
      import { SshShell } from ${path('../../src/shell/ssh/ssh-shell.ts')};
      import { withMountLock } from ${path('../../src/sync/mount-lock.ts')};
      import { sshOptions } from ${path('../support/ssh-account.ts')};
      const shell = new SshShell(sshOptions(${JSON.stringify(account())}));
      await withMountLock({ shell, timeoutMs: 60_000, ...${JSON.stringify(asked)} }, () => {
        console.log('held');
        return new Promise((resolve) => setTimeout(resolve, 3_600_000));
      });`;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
      ...{ env: { ...process.env, ...shells.env() }, stdio: ['ignore', 'pipe', 'inherit'] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(createInterface(child.stdout), 'line');
    return child;
  }

  it.each(['here', 'there'])(
    'of a process that was killed goes to the next one, with the locks of %s',
    async (name) => {
      const shell = shells.open(account());
      await shell.run({ argv: ['true'] });
      const other = await holdElsewhere();
      const asked = request({ shell, remote, directory: join(directory, name) });
      await expect(withMountLock({ ...asked, timeoutMs: 500 }, async () => 1)).rejects.toMatchObject({
        ...{ code: 'sync.locked', message: expect.stringContaining(`(process ${other.pid}) with srunx sbatch`) },
      });
      other.kill('SIGKILL');
      await once(other, 'exit');
      expect(await withMountLock({ ...asked, timeoutMs: 10_000 }, async () => 2)).toBe(2);
      expect(readdirSync(join(variant().home, '.cache/srunx/locks'))).toEqual([]);
    },
  );

  it('is not kept by an interrupt that comes while it is taken', async () => {
    const shell = shells.open(account());
    const first = { script: 'echo begun >"$HOME/begun"; sleep 3600' };
    const controller = new AbortController();
    const work = withMountLock(request({ shell, remote, first, signal: controller.signal }), async () => 1);
    await expect.poll(() => existsSync(join(variant().home, 'begun'))).toBe(true);
    controller.abort(new Error('interrupted'));
    await expect(work).rejects.toThrow('interrupted');
    expect(readdirSync(join(variant().home, '.cache/srunx/locks'))).toEqual([]);
    expect(readdirSync(join(directory, 'here'))).toEqual([]);
  });
});

describe.each(['read-only', 'full'] as const)('the lock of a mount in a %s home', (home) => {
  const variant = useSshVariant(cluster, { home });

  it('cannot be taken, and that is said', async () => {
    const shell = shells.open({ host: 'dev', configFile: variant().sshConfig });
    await expect(withMountLock(request({ shell, remote: '/tmp/x' }), async () => 1)).rejects.toMatchObject({
      ...{ code: 'sync.lock_unwritable', exitCode: 8, message: expect.stringContaining('/.cache/srunx/locks') },
    });
    expect(readdirSync(join(directory, 'here'))).toEqual([]);
  });
});
