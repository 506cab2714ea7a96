import { closeSync, existsSync, openSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError, NotFoundError, RefusedError, StorageError } from '../core/errors.ts';
import { formatNote, type ImportedWorkflow, type ImportRequest, importScripts } from '../core/import/import-scripts.ts';
import type { AppContext } from './app-context.ts';
import type { PipeReader } from './read-pipe.ts';
import { readScript } from './read-script.ts';
import { naturalTarget } from './refresh-runs.ts';
import { type ReadPiped, withPipes } from './with-pipes.ts';

export interface ImportFiles {
  readonly files: readonly string[];
  readonly inline: boolean;
}

/** A workflow made of batch scripts, and of shell scripts that submit some. Nothing is run. */
export async function importWorkflow(
  context: PipeReader & Pick<AppContext, 'selection'>,
  { files, inline }: ImportFiles,
): Promise<ImportedWorkflow> {
  const imported = await withPipes(context, naturalTarget(context), (readPiped) => {
    const place = { cwd: context.cwd, readPiped };
    const sources = files.map((file) => ({ file, text: readText(place, file) }));
    return readAll({ sources, inline, readScript: (path) => findText(place, path) });
  });
  if (imported.jobs > 0) return imported;
  throw new ConfigError('there is no job to make a workflow of', {
    code: 'workflow.nothing_imported',
    detail: imported.notes.map(formatNote).join('\n'),
    hint: 'Name batch scripts, or a script that calls sbatch outside of loops and conditions.',
  });
}

/** The reader follows what is nested; nobody nests so deeply that it gives up. */
function readAll(request: ImportRequest): ImportedWorkflow {
  try {
    return importScripts(request);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`${request.sources.map(({ file }) => file).join(', ')}: nested too deeply`, {
      code: 'workflow.nothing_imported',
      hint: 'Check that this is the file you meant.',
      cause: error,
    });
  }
}

interface Place {
  readonly cwd: string;
  readonly readPiped: ReadPiped;
}

function readText(place: Place, file: string): string {
  try {
    const bytes = place.readPiped(file, 'the script') ?? readScript(place, file);
    if (bytes.length > maxBytes) throw tooLarge(file, bytes.length);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof NotFoundError) {
      // The hint of `sbatch` speaks of --wrap, which there is not here.
      const hint = 'Check the path; it is relative to the current directory.';
      throw new NotFoundError(error.message, { code: error.code, hint, cause: error });
    }
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError(`the script ${file} is not UTF-8 text`, {
      code: 'workflow.encoding',
      hint: 'Convert it: iconv -f latin1 -t utf-8 FILE.',
      cause: error,
    });
  }
}

/** Ten thousand submissions take less; what is larger is data. */
const maxBytes = 1024 * 1024;

function tooLarge(file: string, bytes: number): ConfigError {
  return new ConfigError(`the script ${file} has ${bytes} bytes, more than ${maxBytes}`, {
    code: 'script.unusable',
    hint: 'Name a script that somebody has written; data does not belong into it.',
  });
}

/** Of a script that the chain names: one that cannot be read is said to be so where it is submitted. */
function findText(place: Place, path: string): string | undefined {
  try {
    return readText(place, path);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Never over a file that is there, unless that was asked for. */
export function writeWorkflow(
  { cwd }: Pick<AppContext, 'cwd'>,
  { file, text, force }: { readonly file: string; readonly text: string; readonly force: boolean },
): void {
  const path = resolve(cwd, file);
  if (!force && existsSync(path) && statSync(path).isFile()) throw alreadyThere(file);
  try {
    const fd = openSync(path, force ? 'w' : 'wx');
    try {
      writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw alreadyThere(file);
    throw new StorageError(`${file} could not be written`, {
      code: 'workflow.unwritable',
      detail: cause instanceof Error ? cause.message : String(cause),
      hint: 'Look at the permissions and the free space of its directory.',
      cause,
    });
  }
}

function alreadyThere(file: string): RefusedError {
  return new RefusedError(`${file} is there already; nothing was written`, {
    code: 'workflow.file_exists',
    hint: 'Name another file, or write over it with --force.',
  });
}
