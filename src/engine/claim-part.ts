import { RefusedError, StorageError } from '../core/errors.ts';
import type { Shell } from '../shell/shell.ts';

export interface PartClaim {
  readonly shell: Pick<Shell, 'run' | 'name'>;
  /** The plan directory. */
  readonly directory: string;
  /** The first number that no part has. */
  readonly number: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes a number for a part and returns it, so that of several hosts one adds to a sweep at a time, and leaves a mark beside the plan
 * directory, by which the others notice it. A number that somebody took who died over it is passed over. Throws where somebody else
 * has taken it just now.
 */
export async function claimPart({ shell, directory, number, signal }: PartClaim): Promise<number> {
  const argv = ['sh', '-c', script, 'sh', directory, String(number)] as const;
  const { exitCode, stdout, stderr } = await shell.run({ argv: [...argv], env: { LC_ALL: 'C' }, signal });
  if (exitCode === 0) return Number(new TextDecoder().decode(stdout));
  if (exitCode === taken) {
    throw new RefusedError(`somebody else is adding to the sweep in ${directory} on ${shell.name}`, {
      code: 'sweep.changed',
      hint: 'Look at it in a moment, and try again; nothing was submitted.',
    });
  }
  throw new StorageError(`nothing can be added to the sweep in ${directory} on ${shell.name}`, {
    code: 'plan.unwritable',
    detail: new TextDecoder().decode(stderr).trim(),
    hint: 'Check the directory and the disk; nothing was submitted.',
  });
}

/** Gives a number back of which nothing was recorded. */
export async function releasePart({ shell, directory, number }: Omit<PartClaim, 'signal'>): Promise<void> {
  const argv = ['sh', '-c', 'rm -f -- "$1.p$2"; rm -rf -- "$1/parts/$2"', 'sh', directory, String(number)] as const;
  await shell.run({ argv: [...argv] });
}

/** How the mark beside a plan directory is called, and which part it tells of. */
export function parsePartMark(name: string): { readonly runId: string; readonly number: number } | undefined {
  const [, runId, number] = /^([a-z0-9]{10})\.p([1-9]\d*)$/.exec(name) ?? [];
  return runId === undefined ? undefined : { runId, number: Number(number) };
}

const taken = 75;

const script = `umask 077
mkdir -p "$1/parts" || exit 1
number=$2
until mkdir "$1/parts/$number" 2>/dev/null; do
  [ -d "$1/parts/$number" ] || exit 1
  [ -n "$(find "$1/parts/$number" -prune -mmin +2)" ] || exit ${taken}
  number=$((number + 1))
done
: >"$1.p$number" && echo "$number"`;
