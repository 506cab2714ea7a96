import { listDaemons } from './daemon.ts';
import { findAccountUid, type LoginAccount } from './login.ts';
import { processesInCgroup } from './memory-cgroup.ts';
import { listProcesses, readCommandLine, readEnvironment, readUid, waitUntil } from './processes.ts';
import { slurmEnv } from './services.ts';

/** Ends the daemons, jobs and login sessions that belong to this directory and to its account. */
export async function endMembers(dir: string, account: LoginAccount): Promise<void> {
  if (!(await waitUntil(async () => !(await killMembers(dir, account)), 10_000))) {
    throw new Error(`some processes of ${dir} survive SIGKILL: ${(await findMembers(dir, account)).join(' ')}`);
  }
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
