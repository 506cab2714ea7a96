import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { renderHolder } from '../core/sync/lock-holder.ts';
import { keepLockScript, releaseLockCall } from '../core/sync/lock-shell.ts';
import { LocalShell } from '../shell/local-shell.ts';
import { type MountLockRequest, withMountLock } from './mount-lock.ts';
import { newHolder } from './this-machine.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'srunx-mount-lock-')));
  mkdirSync(join(root, 'code'));
});
afterEach(() => rmSync(root, { recursive: true }));

const locksThere = () => join(root, '.cache/srunx/locks');
const left = () => [locksThere(), join(root, 'here')].flatMap((directory) => readdirSync(directory));
const env = () => ({ PATH: process.env['PATH'], HOME: root });
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function request(change: Partial<MountLockRequest> = {}): MountLockRequest {
  return {
    ...{ shell: new LocalShell({ name: 'dgx', env: env() }), account: 'ada@dgx:22', remote: join(root, 'code') },
    ...{ directory: join(root, 'here'), purpose: 'srunx ssh sync', timeoutMs: 60_000, ...change },
  };
}

/** Another machine: its own locks are not those of this one. */
const elsewhere = (change: Partial<MountLockRequest> = {}) =>
  request({ directory: join(root, 'here', 'other'), ...change });

/** Another process that has taken it and does nothing more. */
async function holdElsewhere(change: { readonly directory?: string } = {}) {
  const { directory, remote } = { ...request(), ...change };
  const script = `
    import { withMountLock } from ${JSON.stringify(new URL('./mount-lock.ts', import.meta.url).pathname)};
    import { LocalShell } from ${JSON.stringify(new URL('../shell/local-shell.ts', import.meta.url).pathname)};
    const shell = new LocalShell({ name: 'dgx', env: { PATH: process.env.PATH, HOME: process.env.HOME } });
    const account = 'ada@dgx:22', purpose = 'srunx sbatch', timeoutMs = 60000;
    await withMountLock({ shell, account, purpose, timeoutMs, ...${JSON.stringify({ directory, remote })} }, async () => {
      console.log('held');
      await new Promise((resolve) => process.stdin.once('end', resolve).resume());
    });`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    ...{ env: env(), stdio: ['pipe', 'pipe', 'inherit'] },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(createInterface(child.stdout), 'line');
  const end = async (how: 'close' | 'SIGKILL') => {
    if (how === 'close') child.stdin.end();
    else child.kill(how);
    await once(child, 'exit');
  };
  return { pid: child.pid, end };
}

describe('the lock of a mount', () => {
  it('is held here and there for as long as the work takes', async () => {
    const result = await withMountLock(request(), async ({ key, signal }) => {
      expect(key.directory).toBe(join(root, 'code'));
      expect(signal.aborted).toBe(false);
      expect(left()).toEqual([expect.stringMatching(/^\d+-\d+$/), expect.stringMatching(/^[0-9a-f]{16}\.lock$/)]);
      return 5;
    });
    expect(result).toBe(5);
    expect(left()).toEqual([]);
  });

  it('is given back where the work fails', async () => {
    const failure = new Error('no');
    await expect(withMountLock(request(), () => Promise.reject(failure))).rejects.toBe(failure);
    expect(left()).toEqual([]);
  });

  it('goes with the first and the last work of the caller', async () => {
    let executions = 0;
    const shell = new LocalShell({ name: 'dgx', env: env() });
    const run: typeof shell.run = (command) => {
      executions += 1;
      return shell.run(command);
    };
    const first = { script: 'echo "here"; cat; exit 5', stdin: 'and there' };
    await withMountLock(request({ shell: { name: 'dgx', run }, first }), async (held) => {
      expect([text(held.first.stdout), held.first.exitCode]).toEqual(['here\nand there', 5]);
      const last = `${keepLockScript(held.key)} || exit 9\n${releaseLockCall(held.key)}`;
      expect(await run({ argv: ['sh', '-c', last] })).toMatchObject({ exitCode: 0 });
      held.markReleased();
    });
    expect([executions, left()]).toEqual([2, []]);
  });

  it.each(['this machine', 'another one'])('is waited for where a process of %s has it', async (where) => {
    const other = await holdElsewhere();
    const asked = where === 'this machine' ? request() : elsewhere();
    const told: string[] = [];
    await expect(
      withMountLock({ ...asked, timeoutMs: 1_000, onWait: (holder) => told.push(holder) }, async () => 1),
    ).rejects.toMatchObject({
      code: 'sync.locked',
      message: expect.stringContaining(`(process ${other.pid}) with srunx sbatch`),
    });
    expect(told).toEqual([expect.stringContaining(`(process ${other.pid})`)]);
    const waiting = withMountLock(asked, async () => 2);
    await other.end('close');
    expect(await waiting).toBe(2);
  });

  it.each(['this machine', 'another directory'])('is taken over where its process was killed, of %s', async (where) => {
    const directory = where === 'this machine' ? {} : { directory: join(root, 'here', 'other') };
    const other = await holdElsewhere(directory);
    await other.end('SIGKILL');
    expect(readdirSync(locksThere())).toHaveLength(1);
    expect(await withMountLock(request({ timeoutMs: 5_000 }), async () => 1)).toBe(1);
    expect(readdirSync(locksThere())).toEqual([]);
  });

  it('is had by one of many at a time', async () => {
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      inside -= 1;
    };
    await Promise.all([request(), elsewhere(), request(), elsewhere()].map((asked) => withMountLock(asked, work)));
    expect(inside).toBe(0);
    await withMountLock(request({ remote: join(root, 'a') }), () =>
      withMountLock(request({ remote: join(root, 'b') }), async () => undefined),
    );
  });

  it('that this process has left there is its own', async () => {
    await withMountLock(request(), async ({ markReleased }) => markReleased());
    expect(readdirSync(locksThere())).toHaveLength(1);
    expect(await withMountLock(request({ timeoutMs: 5_000 }), async () => 1)).toBe(1);
    expect(left()).toEqual([]);
  });

  it('ends the work when it is lost', async () => {
    const work = withMountLock(request({ renewMs: 20 }), async ({ signal }) => {
      const file = join(locksThere(), readdirSync(locksThere())[0] ?? '');
      const holder = { ...newHolder('srunx sbatch', new Date()), host: 'desk' };
      writeFileSync(file, renderHolder(holder));
      await once(signal, 'abort');
      expect(readFileSync(file, 'utf8')).toBe(renderHolder(holder));
      signal.throwIfAborted();
    });
    await expect(work).rejects.toMatchObject({ code: 'sync.lock_lost' });
    // It is the other one's.
    expect(readdirSync(locksThere())).toHaveLength(1);
  });

  it('is not waited for after an interrupt, and not kept', async () => {
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const work = withMountLock(request({ signal: controller.signal }), async ({ signal }) => {
      controller.abort(reason);
      signal.throwIfAborted();
    });
    await expect(work).rejects.toBe(reason);
    expect(left()).toEqual([]);
    await holdElsewhere();
    for (const asked of [request, elsewhere]) {
      const later = new AbortController();
      const onWait = () => later.abort(reason);
      await expect(withMountLock(asked({ signal: later.signal, onWait }), async () => 1)).rejects.toThrow();
    }
    await expect.poll(left).toHaveLength(3);
  });

  it('says so where it cannot be taken', async () => {
    writeFileSync(join(root, '.cache'), '');
    await expect(withMountLock(request(), async () => 1)).rejects.toMatchObject({ code: 'sync.lock_unwritable' });
    const nothing = {
      name: 'dgx',
      run: async () => ({
        exitCode: 1,
        signalName: null,
        stdout: new Uint8Array(),
        stderr: new TextEncoder().encode('no sh'),
        truncated: false,
      }),
    };
    await expect(withMountLock(request({ shell: nothing }), async () => 1)).rejects.toMatchObject({
      ...{ code: 'sync.lock_failed', detail: 'no sh' },
    });
    await expect(withMountLock(request({ timeoutMs: 0 }), async () => 1)).rejects.toThrow('more than 0');
    expect(readdirSync(join(root, 'here'))).toEqual([]);
  });
});
