import { posix } from 'node:path';
import { formatByteSize } from '../core/byte-size.ts';
import { SrunxError } from '../core/errors.ts';
import { keptBytes, lookAtCopy } from '../shell/fetch/look-at-copy.ts';
import type { FoundFile } from '../shell/list-files.ts';
import type { WantedFile } from './files-of-job.ts';
import type { GotFile } from './got-file.ts';

/** A file that is there, and where its copy is to lie. */
export interface PlannedCopy {
  readonly item: WantedFile;
  readonly source: FoundFile;
  /** Absolute, byte for byte. */
  readonly destination: Buffer;
}

export interface JudgedCopy extends PlannedCopy {
  readonly file: GotFile;
  /** How much of it is here from an earlier time. */
  readonly kept: number;
}

interface JudgeOptions {
  /** Absolute: the directory of the copies. */
  readonly to: string;
  readonly force: boolean;
  /** The files lie on another machine. */
  readonly isRemote: boolean;
}

export function planCopy(item: WantedFile, source: FoundFile, to: string): PlannedCopy {
  const place = Buffer.from(posix.join(to, item.destination));
  const { below } = source.raw;
  const destination = below.length === 0 ? place : Buffer.concat([place, Buffer.from('/'), below]);
  return { item, source, destination };
}

/** What has to be done with a file, as far as this machine alone can tell. */
export async function judgeCopy(copy: PlannedCopy, options: JudgeOptions): Promise<JudgedCopy> {
  const { item, source, destination } = copy;
  const facts = {
    ...{ job: item.job, kind: item.kind, source: source.path },
    ...{ path: destination.toString(), bytes: source.facts.bytes },
  };
  const judged = (outcome: GotFile['outcome'], message?: string): JudgedCopy => {
    return { ...copy, kept: 0, file: { ...facts, outcome, message } };
  };
  const obstacle = obstacleOf(copy, options);
  if (obstacle !== undefined) return judged('skipped', obstacle);
  try {
    const there = await lookAtCopy(copy);
    if (there === 'same') return judged('unchanged');
    if (there === 'other' && !options.force) return judged('exists', isThere);
  } catch (error) {
    if (!(error instanceof SrunxError)) throw error;
    return judged('failed', wordsOf(error));
  }
  const kept = await keptBytes(copy);
  const message = kept === 0 ? undefined : `${formatByteSize(kept)} of it here already`;
  return { ...judged('would_copy', message), kept };
}

export const isThere = 'another file is there already';

export function wordsOf({ message, detail }: SrunxError): string {
  return [message, detail].filter(Boolean).join(': ');
}

/** Why there can be no copy. */
function obstacleOf({ item, source }: PlannedCopy, { to, isRemote }: JudgeOptions): string | undefined {
  if (!isRemote && isInside(source.path, to) && !isInside(item.path, to)) return 'it is a copy itself';
  if (!isRemote && isPartial(source.path)) return 'it is a part of a copy';
  if (source.type === 'other') return 'no regular file';
  if (source.type === 'link' && !staysInside(source)) {
    return `a symbolic link to ${source.linkTo}, outside of what is copied`;
  }
  return undefined;
}

function isPartial(path: string): boolean {
  return /^\.srunx-[0-9a-f-]+\.(part|tmp)$/.test(posix.basename(path));
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory.replace(/\/$/, '')}/`);
}

/** A link that leads to another part of the same directory leads there in the copy, too. */
function staysInside({ below, linkTo }: FoundFile): boolean {
  if (below === '' || linkTo.startsWith('/')) return false;
  return !posix.join(posix.dirname(below), linkTo).startsWith('..');
}
