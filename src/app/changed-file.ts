import type { RecordedFile } from '../core/job/files-shell.ts';
import { wholePath } from './find-files.ts';
import type { FileLook } from './look-at-files.ts';

export interface FileCheck {
  readonly patterns: readonly string[];
  readonly recorded: readonly RecordedFile[];
  /** What the patterns are relative to. */
  readonly directory: string;
  readonly look: FileLook;
}

/** The first file that is not as it was, in words; `undefined` where all are, and no more and no fewer. */
export async function changedFile({ patterns, recorded, directory, look }: FileCheck): Promise<string | undefined> {
  const now = patterns.length === 0 ? new Map() : await look.list(patterns, directory);
  const before = new Map(recorded.map((file) => [file.path, file]));
  for (const name of now.keys()) if (!before.has(name)) return `${name} is new`;
  for (const [name, file] of before) {
    const facts = now.get(name);
    if (facts === undefined) return `${name} is gone`;
    const isSameFile = facts.mtime === file.mtime && facts.inode === file.inode;
    if (facts.size === file.size && (isSameFile || (await hasContent(name, file)))) continue;
    return `${name} has changed`;
  }
  return undefined;

  async function hasContent(name: string, { sha256 }: RecordedFile): Promise<boolean> {
    return sha256 !== undefined && (await look.hash(wholePath(name, directory))) === sha256;
  }
}
