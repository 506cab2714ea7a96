import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, waitUntil } from './processes.ts';

export interface MemoryEnforcement {
  readonly enforcesMemory: boolean;
  readonly enforcesSwap: boolean;
}

/**
 * Gives the cluster a memory cgroup (v1) of its own and shows it at `cgroup/memory`, where slurmd looks. Clusters with
 * equal node and job names would otherwise share cgroups. Where the kernel or our rights forbid it nothing is enforced.
 */
export async function createMemoryCgroup(dir: string, name: string): Promise<MemoryEnforcement> {
  const view = join(dir, 'cgroup', 'memory');
  mkdirSync(view, { recursive: true });
  try {
    await withHierarchy(dir, async (hierarchy) => {
      mkdirSync(join(hierarchy, name));
      await run(['mount', '--bind', join(hierarchy, name), view]);
    });
  } catch {
    return { enforcesMemory: false, enforcesSwap: false };
  }
  const hasLimit = (kind: string) => existsSync(join(view, `memory.${kind}limit_in_bytes`));
  return { enforcesMemory: hasLimit(''), enforcesSwap: hasLimit('memsw.') };
}

/** Processes of the cluster's jobs, however far they went to escape their parents. */
export function processesInCgroup(dir: string): number[] {
  return listGroup(join(dir, 'cgroup', 'memory'));
}

/** Undoes `createMemoryCgroup`, finished or not. The cgroup's processes must have ended. */
export async function removeMemoryCgroup(dir: string, name: string): Promise<void> {
  for (const mountPoint of mountsBelow(dir).reverse()) await run(['umount', mountPoint]);
  if (!existsSync(join(dir, 'cgroup'))) return;
  await withHierarchy(dir, async (hierarchy) => {
    const group = join(hierarchy, name);
    // The kernel lets go of a killed process a moment after its end.
    if (!(await waitUntil(() => removeGroup(group), 5000))) throw new Error(`cannot remove the cgroup ${group}`);
  });
}

/** Where file systems are mounted below a directory, in the order of mounting. */
export function mountsBelow(dir: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mountPoint) => mountPoint.startsWith(`${dir}/`));
}

/**
 * The hierarchy is one for the whole machine, mounted elsewhere or not. We see it for a moment only, so that nothing done
 * to our directory later can reach the groups of others. Where it cannot be mounted, nothing is done.
 */
async function withHierarchy(dir: string, use: (hierarchy: string) => Promise<void>): Promise<void> {
  const hierarchy = join(dir, 'cgroup', 'all');
  mkdirSync(hierarchy, { recursive: true });
  const mounted = await run(['mount', '-t', 'cgroup', '-o', 'memory', 'srunx-dev', hierarchy]).catch(() => undefined);
  if (mounted === undefined) return;
  try {
    await use(hierarchy);
  } finally {
    await run(['umount', hierarchy]);
  }
}

function listGroup(group: string): number[] {
  try {
    const pids = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    // The kernel writes 0 for processes of other pid namespaces; to `kill`, 0 means ourselves.
    return [...pids.filter((pid) => pid > 0), ...subgroups(group).flatMap(listGroup)];
  } catch {
    return []; // It was removed just now, so it was empty; or there never was one.
  }
}

function removeGroup(group: string): boolean {
  if (!existsSync(group)) return true;
  try {
    subgroups(group).forEach(removeGroup);
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}

function subgroups(group: string): string[] {
  const entries = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => join(group, name));
}
