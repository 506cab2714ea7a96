import { posix } from 'node:path';
import { NotFoundError, RefusedError, type SrunxError, StorageError } from '../core/errors.ts';
import type { Shell } from '../shell/shell.ts';
import { findRun } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import { adoptRun } from './adopt-run.ts';
import type { EngineContext } from './engine-context.ts';
import { type ReadDescription, readDescription } from './parse-description.ts';

export interface ImportRunRequest {
  readonly shell: Pick<Shell, 'run' | 'name'>;
  /** The plan directory, or its `run.json`; absolute. */
  readonly path: string;
}

/**
 * Takes one run into the store from wherever its plan directory lies, and returns its id. Nothing is written there, so the
 * directory may be somebody else's. Throws where it is none, or cannot be read.
 */
export async function importRun(
  { store, signal }: Pick<EngineContext, 'store' | 'signal'>,
  { shell, path }: ImportRunRequest,
): Promise<string> {
  const named = posix.basename(path) === fileName ? posix.dirname(path) : path;
  const argv = ['sh', '-c', readScript, 'sh', named] as const;
  const result = await shell.run({ argv: [...argv], env: { LC_ALL: 'C' }, maxBytes: 256 * 1024 * 1024, signal });
  const place = `${named} on ${shell.name}`;
  if (result.exitCode !== 0) throw unreadable(place, result);
  const [directory = '', text = '', labels] = new TextDecoder().decode(result.stdout).split('\0');
  const name = posix.basename(directory);
  const read = readDescription(text, name);
  if (read.kind !== 'run') throw strange(place, { name, read });
  const { description } = read;
  const isKnown = findRun(store, name) !== undefined;
  if (!isKnown)
    await transact(store, () =>
      adoptRun(store, { directory, description, labels: labels || undefined, through: shell.name }),
    );
  return name;
}

const fileName = 'run.json';

const exits = { missing: 3, noDirectory: 4, noPlan: 5 } as const;

// Where a link points to is the directory; parts are set apart by NUL.
const readScript = `[ -e "$1" ] || [ -h "$1" ] || { ls -d -- "$1" >/dev/null; exit ${exits.missing}; }
[ -d "$1" ] || exit ${exits.noDirectory}
cd -P -- "$1" || exit 1
[ -e ${fileName} ] || { ls -d ${fileName} >/dev/null; exit ${exits.noPlan}; }
[ -r ${fileName} ] || { cat ${fileName}; exit 1; }
printf '%s\\0' "$(pwd -P)"
cat ${fileName} || exit 1
printf '\\0'
[ ! -r labels.json ] || cat labels.json`;

function unreadable(
  place: string,
  { exitCode, stderr }: { readonly exitCode: number | null; readonly stderr: Uint8Array },
): SrunxError {
  const detail = new TextDecoder().decode(stderr).trim();
  const isDenied = /permission denied/i.test(detail);
  if (exitCode === exits.missing && !isDenied) {
    return new NotFoundError(`there is no ${place}`, {
      code: 'run.not_found',
      hint: 'The plan directory was removed, or the path is another one; `srunx flow list` shows the runs that are known here.',
    });
  }
  if ((exitCode === exits.noPlan || exitCode === exits.noDirectory) && !isDenied) {
    return new NotFoundError(`${place} is no plan directory: it has no ${fileName}`, {
      code: 'run.no_plan',
      hint: 'Name the directory of one run; it is called like the run, and `srunx flow list --format wide` shows it.',
    });
  }
  return new StorageError(`${place} cannot be read`, {
    code: 'run.unreadable',
    ...(detail === '' ? {} : { detail }),
    hint: 'Its owner has to permit it: plan directories are private unless they are opened.',
  });
}

function strange(
  place: string,
  { name, read }: { readonly name: string; readonly read: Exclude<ReadDescription, { kind: 'run' }> },
): SrunxError {
  switch (read.kind) {
    case 'newer':
      return new RefusedError(`${place} was written by a newer srunx (format ${read.version}; this one reads 1)`, {
        code: 'run.newer',
        hint: 'Use the srunx with which the run was started, or a later one.',
      });
    case 'other':
      return new RefusedError(`${place} is the directory of run ${read.id}, under the name \`${name}\``, {
        code: 'run.renamed',
        hint: `A copy may be out of date. If it is the original, call it ${read.id} again.`,
      });
    case 'damaged':
      return new StorageError(`${fileName} in ${place} is not what srunx wrote`, {
        code: 'run.damaged',
        hint: 'It was cut short or edited; the jobs themselves are in the queue: `srunx squeue --me`.',
      });
  }
}
