import { relative } from 'node:path/posix';
import type { GetOutcome, GotFile, GotFiles } from '../app/get-files.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import { exitCodes, NotFoundError, RefusedError } from '../core/errors.ts';
import type { Colour } from './colours.ts';
import type { CommandContext } from './define-command.ts';
import type { Listing } from './field.ts';
import type { OpenListing } from './listing.ts';
import { printable } from './table.ts';

const colours: Readonly<Record<GetOutcome, Colour>> = {
  copied: 'green',
  unchanged: 'grey',
  skipped: 'yellow',
  exists: 'red',
  missing: 'red',
  failed: 'red',
};

/** The columns of `srunx get`. */
export const fileListing = (cwd: string): Listing<GotFile> => ({
  fields: [
    { key: 'outcome', title: 'OUTCOME', json: ({ outcome }) => outcome, colour: ({ outcome }) => colours[outcome] },
    { key: 'job', title: 'JOB', json: ({ job }) => job, elastic: true },
    { key: 'kind', title: 'KIND', json: ({ kind }) => kind },
    {
      key: 'bytes',
      title: 'SIZE',
      json: ({ bytes }) => bytes,
      text: ({ bytes, path }) => (path === undefined ? '-' : formatByteSize(bytes)),
      align: 'right',
    },
    { key: 'source', title: 'SOURCE', json: ({ source }) => source, elastic: true },
    {
      key: 'path',
      title: 'FILE',
      json: ({ path }) => path ?? null,
      text: ({ path, source }) => (path === undefined ? source : nearer(path, cwd)),
      elastic: true,
    },
    { key: 'message', title: 'WHY', json: ({ message }) => message ?? null, text: ({ message }) => message ?? '' },
  ],
  table: ['outcome', 'kind', 'bytes', 'path', 'message'],
  wide: ['outcome', 'job', 'kind', 'bytes', 'source', 'path', 'message'],
  id: ({ path, source }) => path ?? source,
});

/** As one would type it. */
function nearer(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') ? path : below;
}

const faults: ReadonlySet<GetOutcome> = new Set(['exists', 'missing', 'failed']);

/** What became of each file. Throws where none could be had at all. */
export async function reportFiles(
  { files, to }: GotFiles,
  { view, context }: { readonly view: Pick<OpenListing<GotFile>, 'show'>; readonly context: CommandContext },
): Promise<number> {
  const { out, app } = context;
  const wrong = files.filter(({ outcome }) => faults.has(outcome));
  if (wrong.length === files.length) throw nothingCame(wrong);
  await view.show(files);
  const copied = files.filter(({ outcome }) => outcome === 'copied');
  const bytes = copied.reduce((sum, file) => sum + file.bytes, 0);
  out.note(
    `srunx: ${countOf(copied.length, 'file')}, ${formatByteSize(bytes)}, copied to ${printable(nearer(to, app.cwd) || '.')}`,
  );
  if (wrong.length === 0) return exitCodes.success;
  out.note(
    `srunx: ${wrong.length} of ${files.length} did not come${wrong.some(isInTheWay) ? '; --force replaces files' : ''}`,
  );
  return exitCodes.partial;
}

function isInTheWay({ outcome }: GotFile): boolean {
  return outcome === 'exists';
}

function nothingCame(files: readonly GotFile[]): NotFoundError | RefusedError {
  const detail = files.map(({ path, source, message }) => `${path ?? source}: ${message}`).join('\n');
  if (files.some(isInTheWay)) {
    const hint = 'Name another directory with --to, or replace the files with --force.';
    return new RefusedError('nothing was copied: other files are in the way', { code: 'get.exists', detail, hint });
  }
  const hint =
    files.length === 0 ? 'Name files of its working directory.' : '`srunx history show` says where a job has its log.';
  return new NotFoundError('there is nothing to copy', { code: 'get.nothing', detail, hint });
}
