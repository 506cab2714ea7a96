import { relative } from 'node:path/posix';
import type { GetOutcome, GotFile } from '../app/got-file.ts';
import { formatByteSize } from '../core/byte-size.ts';
import type { Colour } from './colours.ts';
import type { Listing } from './field.ts';

const colours: Readonly<Record<GetOutcome, Colour>> = {
  would_copy: 'cyan',
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
    {
      key: 'outcome',
      title: 'OUTCOME',
      json: ({ outcome }) => outcome,
      text: ({ outcome }) => outcome.replace('_', ' '),
      colour: ({ outcome }) => colours[outcome],
    },
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
export function nearer(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') ? path : below;
}
