import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOnSharedDisk } from '../shell/disk.ts';
import { type AppContext, contextOn, type TargetName } from './app-context.ts';
import { attemptCheck, formatBytes, type HealthCheck } from './health-check.ts';
import { whereToNameRuns } from './where-to-name-runs.ts';

type Finding = Omit<HealthCheck, 'name'>;

/** Below it the next big log or plan may not fit. */
const littleBytes = 256 * 1024 ** 2;

/** The programs and directories that srunx needs, here and where jobs are submitted. */
export async function checkMachine(context: AppContext, target: TargetName): Promise<readonly HealthCheck[]> {
  const { kind } = await context.cluster(target);
  const [tools, runDirectory] = await Promise.all([
    findTools(context, target),
    attemptCheck('run directory', () => checkRunDirectory(context, target)),
  ]);
  return [
    { name: 'srunx', status: 'ok', message: `${context.versions.srunx}, on Node.js ${context.versions.node}` },
    ...(kind === 'slurm' ? [checkCommands(tools)] : []),
    checkTool(tools, { name: 'ssh', purpose: 'clusters reached over ssh' }),
    checkTool(tools, { name: 'rsync', purpose: 'synchronised directories' }),
    checkEnvironment(context),
    await attemptCheck('state directory', () => checkStateDirectory(context.stateDir)),
    runDirectory,
  ];
}

interface Tool {
  readonly path: string;
  /** It begins with `#!`. */
  readonly isScript: boolean;
  /** The first line of what it says of itself; empty where it was not asked. */
  readonly version: string;
}

const slurmCommands = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo', 'sacct', 'srun'];

const findScript = `for name do
  path=$(command -v "$name") || continue
  case $path in /*) ;; *) continue ;; esac
  kind=program version=
  [ "$(head -c 2 "$path" 2>/dev/null)" != '#!' ] || kind=script
  case $name in
    ssh) version=$(ssh -V 2>&1 | head -n 1) ;;
    rsync) version=$(rsync --version 2>/dev/null | head -n 1) ;;
  esac
  printf '%s\\t%s\\t%s\\t%s\\n' "$name" "$kind" "$version" "$path"
done`;

async function findTools(context: AppContext, target: TargetName): Promise<ReadonlyMap<string, Tool>> {
  const argv = ['sh', '-c', findScript, 'sh', ...slurmCommands, 'ssh', 'rsync'] as const;
  const { stdout } = await context.shell(target).run({ argv: [...argv], together: true, signal: context.signal });
  const lines = new TextDecoder().decode(stdout).split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [name = '', kind, version = '', path = ''] = line.split('\t');
      return name === '' ? [] : [[name, { path, isScript: kind === 'script', version }] as const];
    }),
  );
}

/** A site may put a script before a command of Slurm's; what it adds or refuses is not to be seen from here. */
function checkCommands(tools: ReadonlyMap<string, Tool>): HealthCheck {
  const missing = slurmCommands.filter((name) => !tools.has(name));
  if (missing.length > 0) {
    return {
      name: 'commands',
      status: missing.includes('sbatch') || missing.includes('squeue') ? 'fail' : 'warn',
      message: `not on PATH: ${missing.join(', ')}`,
      hint: "Add the directory of Slurm's commands to PATH, or load the site's module for them.",
    };
  }
  const wrapped = slurmCommands.filter((name) => tools.get(name)?.isScript);
  const place = tools.get('sbatch')?.path ?? '';
  if (wrapped.length === 0) return { name: 'commands', status: 'ok', message: `all there; sbatch is ${place}` };
  return {
    name: 'commands',
    status: 'warn',
    message: `scripts of the site stand before ${wrapped.map((name) => `${name} (${tools.get(name)?.path})`).join(', ')}`,
    hint: 'They may change what is submitted or shown; look into them where something is not as expected.',
  };
}

function checkTool(
  tools: ReadonlyMap<string, Tool>,
  { name, purpose }: { readonly name: string; readonly purpose: string },
): HealthCheck {
  const tool = tools.get(name);
  if (tool !== undefined) return { name, status: 'ok', message: `${tool.version} (${tool.path})` };
  return { name, status: 'warn', message: 'is not on PATH', hint: `Install it where you want to use ${purpose}.` };
}

/** Variables that act like options of sbatch: they change submissions without being seen in any command line. */
function checkEnvironment({ env }: AppContext): HealthCheck {
  const names = Object.keys(env).filter((name) => name.startsWith('SBATCH_') && env[name] !== '');
  if (names.length === 0) return { name: 'environment', status: 'ok', message: 'no variable changes what sbatch does' };
  return {
    name: 'environment',
    status: 'warn',
    message: `sbatch heeds ${names.sort().join(', ')}`,
    hint: 'That is as with sbatch itself. Unset what you did not mean.',
  };
}

function checkStateDirectory(path: string): Finding {
  const place = nearestExisting(path);
  const stat = statSync(place);
  const hint = 'Make it a directory that you may write, or point XDG_STATE_HOME to another one.';
  if (!stat.isDirectory()) return { status: 'fail', message: `${place} is no directory`, hint };
  if (!isWritable(place)) return { status: 'fail', message: `${place} cannot be written`, hint };
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const disk = isOnSharedDisk(place) ? 'a network disk' : 'a local disk';
  const message = `${path}${place === path ? '' : ' will be made'}, on ${disk}, ${formatBytes(free)} free`;
  if (place === path && (stat.mode & 0o077) !== 0) {
    return { status: 'warn', message: `${message}; others may look into it`, hint: `Run \`chmod 700 '${path}'\`.` };
  }
  if (free < littleBytes) return { status: 'warn', message, hint: 'Free some space before the database cannot grow.' };
  return { status: 'ok', message };
}

/** The path itself or, while it is not there, the directory in which it would be made. */
function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// The directory itself or, while it is not there, the one in which it would be made. Tried out, because its bits say nothing
// about root, quotas and file systems that are mounted read-only.
const directoryScript = `at=$1
while [ ! -e "$at" ]; do at=$(dirname -- "$at"); done
[ -d "$at" ] || { echo "not-a-directory 0 $at"; exit; }
state=read-only
made=$(mktemp -d "$at/.srunx-XXXXXX" 2>/dev/null) && rmdir "$made" && state=writable
free=$(df -Pk -- "$at" 2>/dev/null | awk 'NR == 2 { print $4 }')
echo "$state \${free:-0} $at"`;

export async function checkRunDirectory(context: AppContext, target: TargetName): Promise<Finding> {
  const { runRoot, signal } = await contextOn(context, target);
  const argv = ['sh', '-c', directoryScript, 'sh', runRoot] as const;
  const { stdout } = await context.shell(target).run({ argv: [...argv], together: true, signal });
  const [, state = '', freeKb = '0', place = ''] =
    /^(\S+) (\d+) (.*)$/s.exec(new TextDecoder().decode(stdout).trim()) ?? [];
  const free = Number(freeKb) * 1024;
  const hint = `Name another directory ${whereToNameRuns(target)}, one that the nodes see, too.`;
  if (state === 'not-a-directory') return { status: 'fail', message: `${place} is no directory`, hint };
  if (state !== 'writable') return { status: 'fail', message: `${place} cannot be written`, hint };
  const what = place === runRoot ? runRoot : `${runRoot} will be made`;
  const message = `${what}, ${formatBytes(free)} free`;
  return free < littleBytes
    ? { status: 'warn', message, hint: 'Free some space: plans and receipts go there.' }
    : { status: 'ok', message };
}
