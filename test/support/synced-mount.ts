import { chmodSync, chownSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { SshVariant } from '../../dev/ssh-variants.ts';
import { type Sandbox, useSandbox } from '../cli/sandbox.ts';

export interface SyncedMount extends Sandbox {
  /** For what this machine keeps; its path is short. */
  readonly runtime: string;
  readonly local: string;
  /** Of the directory there, or of what is in it. */
  readonly there: (...parts: readonly string[]) => string;
  /** Writes a file here, as if it had been done a minute ago. */
  readonly put: (name: string, content: string | Uint8Array) => void;
  /** Writes a file there, in the name of the account. */
  readonly putThere: (name: string, content: string | Uint8Array) => void;
}

/** A mount `code` of the profile `dev`, with a sandbox of its own for the suite in which this is called. */
export function useSyncedMount(
  variant: () => SshVariant,
  env: () => Readonly<Record<string, string | undefined>> = () => ({}),
): SyncedMount {
  // The path of a socket may have only a hundred bytes.
  const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
  chmodSync(runtime, 0o700);
  const local = join(runtime, 'code');
  const there = (...parts: readonly string[]) => join(variant().home, 'code', ...parts);
  const config = join(runtime, 'config', 'srunx');
  const sandbox = useSandbox(() => ({
    XDG_CONFIG_HOME: join(runtime, 'config'),
    XDG_RUNTIME_DIR: runtime,
    ...env(),
  }));
  beforeAll(() => {
    mkdirSync(config, { recursive: true });
    mkdirSync(local);
    const save = (name: string, dev: object) =>
      writeFileSync(join(config, name), JSON.stringify({ profiles: { dev } }));
    save('config.json', { ssh_host: 'dev', mounts: [{ name: 'code', local, remote: there() }] });
    save('extra.json', { ssh_config: variant().sshConfig });
  });
  afterAll(async () => {
    await sandbox.srunx(['ssh', 'logout', 'dev']);
    rmSync(runtime, { recursive: true, force: true });
  });
  return {
    ...sandbox,
    ...{ runtime, local, there },
    put(name, content) {
      mkdirSync(dirname(join(local, name)), { recursive: true });
      writeFileSync(join(local, name), content);
      const minuteAgo = Date.now() / 1_000 - 60;
      lutimesSync(join(local, name), minuteAgo, minuteAgo);
    },
    putThere(name, content) {
      const { uid, gid } = statSync(variant().home);
      mkdirSync(there(), { recursive: true });
      writeFileSync(there(name), content);
      for (const path of [there(), there(name)]) chownSync(path, uid, gid);
    },
  };
}
