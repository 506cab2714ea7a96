import { existsSync, readdirSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRecord, withLock } from './cluster-directory.ts';
import { listDaemons } from './daemon.ts';
import { findAccountUid, type LoginAccount, privilegeFolder, removeAccount, removePrivilegeFolder } from './login.ts';
import { mountsBelow, processesInCgroup, removeMemoryCgroup } from './memory-cgroup.ts';
import { listProcesses, readCommandLine, readEnvironment, readUid, waitUntil } from './processes.ts';
import { slurmEnv } from './services.ts';

/**
 * Ends a cluster, complete or not, and removes everything it made: daemons, jobs, login sessions, mounts, cgroups, account
 * and directory. Nothing is asked politely, as nothing is kept. The caller holds the lock. Answers `false` when there was none.
 */
export async function removeCluster(dir: string): Promise<boolean> {
  const record = readRecord(dir);
  if (record === undefined) return removeEmpty(dir);
  if (!(await waitUntil(async () => !(await killMembers(dir, record.account)), 10_000))) {
    throw new Error(`some processes of ${dir} survive SIGKILL: ${(await findMembers(dir, record.account)).join(' ')}`);
  }
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

/** Answers whether there was anybody left. */
async function killMembers(dir: string, account: LoginAccount): Promise<boolean> {
  const members = await findMembers(dir, account);
  for (const pid of members) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  return members.length > 0;
}

/** Daemons, jobs and login sessions of the cluster with all their descendants. */
async function findMembers(dir: string, account: LoginAccount): Promise<number[]> {
  const daemons = listDaemons(dir).filter((daemon) => daemon.isRunning);
  const members = new Set([...daemons.map(({ pid }) => pid), ...processesInCgroup(dir)]);
  const uid = await findAccountUid(account);
  const processes = listProcesses();
  for (const { pid, name } of processes) {
    if (uid !== undefined && readUid(pid) === uid) members.add(pid);
    else if (isUnrecorded(dir, { pid, name }) || isPartOfJob(dir, { pid, name })) members.add(pid);
  }
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const { pid, parentPid } of processes) if (members.has(parentPid)) members.add(pid);
  }
  members.delete(process.pid);
  return [...members];
}

const daemonNames = new Set(['mariadbd', 'munged', 'sshd']);

/** A daemon whose start was killed before it was written down: its command line names files of this directory. */
function isUnrecorded(dir: string, { pid, name }: { readonly pid: number; readonly name: string }): boolean {
  return daemonNames.has(name) && readCommandLine(pid).includes(`${dir}/`);
}

/** A shell that merely uses the cluster has the same SLURM_CONF, and must live. */
function isPartOfJob(dir: string, { pid, name }: { readonly pid: number; readonly name: string }): boolean {
  const environment = readEnvironment(pid);
  if (!environment.has(`SLURM_CONF=${slurmEnv(dir).SLURM_CONF}`)) return false;
  return name.startsWith('slurm') || [...environment].some((variable) => variable.startsWith('SLURM_JOB_ID='));
}

/** A start that died before it wrote anything leaves an empty directory; one with content is none of ours. */
async function removeEmpty(dir: string): Promise<boolean> {
  if (!existsSync(dir)) return false;
  if (readdirSync(dir).length > 0) throw new Error(`${dir} holds no cluster of ours; remove it by hand`);
  await rmdir(dir);
  return true;
}
