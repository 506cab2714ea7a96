import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findProgram, run } from './processes.ts';

export interface Prerequisite {
  readonly program: string;
  /** Debian and Ubuntu package that brings it. */
  readonly package: string;
}

const prerequisites: readonly Prerequisite[] = [
  { program: 'slurmctld', package: 'slurmctld' },
  { program: 'slurmd', package: 'slurmd' },
  { program: 'sbatch', package: 'slurm-client' },
  { program: 'munged', package: 'munge' },
  { program: 'sshd', package: 'openssh-server' },
  { program: 'ssh-keygen', package: 'openssh-client' },
  { program: 'rsync', package: 'rsync' },
];

const accountingPrerequisites: readonly Prerequisite[] = [
  { program: 'slurmdbd', package: 'slurmdbd' },
  { program: 'mariadbd', package: 'mariadb-server' },
  { program: 'mariadb-install-db', package: 'mariadb-server' },
];

/** Programs that a cluster needs and this machine lacks. */
export function missingPrerequisites({ accounting = true }: { readonly accounting?: boolean } = {}): Prerequisite[] {
  const needed = accounting ? [...prerequisites, ...accountingPrerequisites] : prerequisites;
  return needed.filter(isMissing);
}

interface InstallOptions {
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** As `ensurePrograms`, for all that a cluster needs. */
export function ensurePackages({
  accounting,
  onProgress,
}: InstallOptions & { readonly accounting?: boolean } = {}): Promise<void> {
  return ensurePrograms(accounting === false ? prerequisites : [...prerequisites, ...accountingPrerequisites], {
    onProgress,
  });
}

/**
 * Installs what is missing where that disturbs nobody: as root, on Debian or Ubuntu, without systemd (which would start the
 * packages' services). Everywhere else it fails and names the command that helps.
 */
export async function ensurePrograms(
  needed: readonly Prerequisite[],
  { onProgress }: InstallOptions = {},
): Promise<void> {
  const missing = needed.filter(isMissing);
  if (missing.length === 0) return;
  if (!canInstall()) throw new Error(describeMissing(missing));
  const packages = packagesOf(missing);
  onProgress?.(`installing ${packages.join(' ')} (once, about half a minute)`);
  await install(packages);
  const stillMissing = needed.filter(isMissing).map(({ program }) => program);
  if (stillMissing.length > 0)
    throw new Error(`the packages were installed but did not bring ${stillMissing.join(', ')}`);
}

function isMissing({ program }: Prerequisite): boolean {
  return findProgram(program) === undefined;
}

/** For people: what is missing and the command that gets it. */
export function describeMissing(missing: readonly Prerequisite[]): string {
  const programs = missing.map(({ program }) => program).join(', ');
  const command = `sudo apt-get install --no-install-recommends ${packagesOf(missing).join(' ')}`;
  return `a Slurm cluster on this machine needs ${programs}; on Debian or Ubuntu: ${command}`;
}

function packagesOf(missing: readonly Prerequisite[]): string[] {
  return [...new Set(missing.map((entry) => entry.package))];
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined && !existsSync('/run/systemd/system');
}

async function install(packages: readonly string[]): Promise<void> {
  const apt = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300'] as const;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run([...apt, 'update'], env);
  const allowServices = forbidServices();
  try {
    await run([...apt, 'install', '--no-install-recommends', ...packages], env);
  } finally {
    allowServices();
  }
}

/** Debian starts the service of a fresh package unless this file says no (code 101). Returns how to undo it. */
function forbidServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy, { force: true });
}
