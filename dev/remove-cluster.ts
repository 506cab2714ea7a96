import { existsSync, readdirSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRecord, withLock } from './cluster-directory.ts';
import { endMembers } from './end-members.ts';
import { privilegeFolder, removeAccount, removePrivilegeFolder } from './login.ts';
import { mountsBelow, removeMemoryCgroup } from './memory-cgroup.ts';
import { removeSshVariants } from './remove-ssh-variant.ts';

/**
 * Ends a cluster, complete or not, and removes everything it made: daemons, jobs, login sessions, mounts, cgroups, account
 * and directory. Nothing is asked politely, as nothing is kept. The caller holds the lock. Answers `false` when there was none.
 */
export async function removeCluster(dir: string): Promise<boolean> {
  const record = readRecord(dir);
  if (record === undefined) return removeEmpty(dir);
  await removeSshVariants(dir);
  await endMembers(dir, record.account);
  await removeMemoryCgroup(dir, record.clusterName);
  await removeAccount(record.account);
  await withLock(privilegeFolder, async () => removePrivilegeFolder());
  const mounts = mountsBelow(dir);
  if (mounts.length > 0) throw new Error(`still mounted: ${mounts.join(' ')}`);
  // The record goes last: whatever happens, the rest can be removed later.
  const rest = readdirSync(dir).filter((name) => name !== 'state.json');
  for (const name of [...rest, '']) await rm(join(dir, name), { recursive: true, force: true, maxRetries: 5 });
  return true;
}

/** A start that died before it wrote anything leaves an empty directory; one with content is none of ours. */
async function removeEmpty(dir: string): Promise<boolean> {
  if (!existsSync(dir)) return false;
  if (readdirSync(dir).length > 0) throw new Error(`${dir} holds no cluster of ours; remove it by hand`);
  await rmdir(dir);
  return true;
}
