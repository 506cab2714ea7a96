import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { LockHolder } from '../core/sync/lock-holder.ts';
import { isProcessAlive, processIdentity } from '../shell/process-identity.ts';
import { randomHex } from '../shell/random-bytes.ts';

/**
 * Names this machine whatever its host name is; that, where the system keeps nothing else. The number of the system is for nobody
 * else to see, so it is hashed.
 */
export function machineId(files: readonly string[] = ['/etc/machine-id', '/var/lib/dbus/machine-id']): string {
  const id = files.map((file) => readText(file)?.trim()).find((text) => /^[0-9a-f]{32}$/.test(text ?? ''));
  return id === undefined ? hostname() : createHash('sha256').update(`srunx ${id}`).digest('hex').slice(0, 32);
}

/** This process, as somebody who takes a lock. */
export function newHolder(purpose: string, since: Date): LockHolder {
  return {
    token: randomHex(8),
    host: hostname(),
    user: userInfo().username,
    process: processIdentity(),
    ...system(),
    purpose,
    since: `${since.toISOString().slice(0, 19)}Z`,
  };
}

function system(): Pick<LockHolder, 'machine' | 'boot' | 'space'> {
  return {
    machine: machineId(),
    boot: readText('/proc/sys/kernel/random/boot_id')?.trim(),
    space: readLink('/proc/self/ns/pid'),
  };
}

/**
 * Whether the holder of a lock can still give it back. Of another machine that cannot be told, nor of a container whose processes
 * are not seen from here. Images of machines are copied with their number, so the host name counts too.
 */
export function fateOf(holder: LockHolder): 'alive' | 'gone' | 'unknown' {
  const { machine, boot, space } = system();
  if (holder.machine !== machine || holder.host !== hostname()) return 'unknown';
  if (holder.boot !== boot) return holder.boot === undefined || boot === undefined ? 'unknown' : 'gone';
  if (holder.space !== space) return 'unknown';
  return isProcessAlive(holder.process) ? 'alive' : 'gone';
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readLink(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}
