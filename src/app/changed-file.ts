import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { RecordedFile } from '../core/job/files-shell.ts';
import { expandPattern, factsOf, wholePath } from './find-files.ts';

export interface FileCheck {
  readonly patterns: readonly string[];
  readonly recorded: readonly RecordedFile[];
  /** What the patterns are relative to. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/** The first file that is not as it was, in words; `undefined` where all are, and no more and no fewer. */
export async function changedFile(check: FileCheck): Promise<string | undefined> {
  const { patterns, recorded, directory, signal } = check;
  const now = new Set(patterns.flatMap((pattern) => expandPattern(pattern, directory)));
  const before = new Map(recorded.map((file) => [file.path, file]));
  for (const name of now) if (!before.has(name)) return `${name} is new`;
  for (const [name, file] of before) {
    const path = wholePath(name, directory);
    const facts = now.has(name) ? factsOf(path) : undefined;
    if (facts === undefined) return `${name} is gone`;
    const isSameFile = facts.mtime === file.mtime && facts.inode === file.inode;
    if (facts.size === file.size && (isSameFile || (await hasContent(path, file.sha256, signal)))) continue;
    return `${name} has changed`;
  }
  return undefined;
}

async function hasContent(path: string, sha256: string | undefined, signal: AbortSignal | undefined): Promise<boolean> {
  if (sha256 === undefined) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex') === sha256;
}
