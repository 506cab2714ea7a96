import { StorageError } from '../core/errors.ts';
import type { Shell } from '../shell/shell.ts';

export interface PlanDirectory {
  readonly runId: string;
  /** What its files take on the disk. */
  readonly bytes: number;
  readonly files: number;
}

interface Place {
  readonly shell: Pick<Shell, 'run'>;
  /** Where the plan directories are. */
  readonly runRoot: string;
  readonly signal?: AbortSignal | undefined;
}

const runName = /^[a-z0-9]{10}$/;

/**
 * The plan directories with their sizes, by one command. Symbolic links are not followed: one in the place of a directory is
 * none. What vanishes meanwhile is left out.
 */
export async function listPlanDirectories({ shell, runRoot, signal }: Place): Promise<readonly PlanDirectory[]> {
  const format = '%y %b %P\\0';
  const argv = ['find', '-P', `${runRoot}/`, '-mindepth', '1', '-printf', format] as const;
  // Its exit code says only that something vanished, or may not be read.
  const { stdout, truncated } = await shell.run({ argv: [...argv], timeoutMs: 600_000, maxBytes, signal });
  if (truncated) {
    throw new StorageError(`there are too many files below ${runRoot}`, {
      code: 'prune.too_many_files',
      hint: 'Remove directories of old runs there by hand.',
    });
  }
  const directories = new Map<string, { bytes: number; files: number }>();
  for (const [, type, blocks, path = ''] of new TextDecoder().decode(stdout).matchAll(/(\S) (\d+) ([^\0]*)\0/g)) {
    const [runId = '', ...below] = path.split('/');
    if (!runName.test(runId)) continue;
    if (below.length === 0 && type === 'd') directories.set(runId, { bytes: 0, files: 0 });
    const known = directories.get(runId);
    if (known === undefined) continue;
    known.bytes += Number(blocks) * blockBytes;
    if (type !== 'd') known.files += 1;
  }
  return [...directories].map(([runId, facts]) => ({ runId, ...facts }));
}

const maxBytes = 512 * 1024 * 1024;

/** The unit of find's `%b`. */
const blockBytes = 512;

export interface Removal {
  /** Those that are gone. */
  readonly removed: ReadonlySet<string>;
  /** The system's words about those that are not. */
  readonly complaints: readonly string[];
}

/** So many with one command. */
const chunkSize = 100;

/** Removes plan directories. `rm` follows no link, and does not mind what is gone already. */
export async function removePlanDirectories(
  { shell, runRoot, signal }: Place,
  runIds: readonly string[],
): Promise<Removal> {
  const removed = new Set<string>();
  const complaints: string[] = [];
  for (let start = 0; start < runIds.length; start += chunkSize) {
    signal?.throwIfAborted();
    const chunk = runIds.slice(start, start + chunkSize).filter((runId) => runName.test(runId));
    const argv = ['sh', '-c', removeScript, 'sh', runRoot, ...chunk] as const;
    // Without the signal: a directory is removed as a whole.
    const { stdout, stderr } = await shell.run({ argv: [...argv], env: { LC_ALL: 'C' }, timeoutMs: 600_000 });
    for (const runId of new TextDecoder().decode(stdout).split('\n')) if (runId !== '') removed.add(runId);
    complaints.push(...new TextDecoder().decode(stderr).split('\n').filter(Boolean));
  }
  return { removed, complaints };
}

// Says which are gone. The description goes first: a directory without one is nobody's run, whatever interrupts the rest.
const removeScript = `[ -e "$1" ] || { shift; printf '%s\\n' "$@"; exit; }
cd -- "$1" || exit 1
shift
for run do
  [ -h "$run" ] || rm -f -- "$run/run.json"
  rm -rf -- "$run" "$run".p[0-9]*
  [ -e "$run" ] || [ -h "$run" ] || printf '%s\\n' "$run"
done`;
