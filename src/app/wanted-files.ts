import { posix } from 'node:path';
import type { WantedFile } from './files-of-job.ts';
import { pathsOf, receiptOf } from './files-of-job.ts';
import type { HistoryEntry } from './history-entry.ts';

interface Collection {
  readonly paths: readonly string[];
  readonly logs: (entry: HistoryEntry) => readonly WantedFile[];
}

/** Each job of a run has a directory of its own; a path that several of them share comes once. */
export function collectWanted(entries: readonly HistoryEntry[], { paths, logs }: Collection): readonly WantedFile[] {
  const isRun = entries.length > 1;
  const wanted = new Map<string, WantedFile>();
  const add = (item: WantedFile, folder: string) => {
    const key = `${item.path}\0${item.pattern ?? ''}`;
    if (!wanted.has(key)) wanted.set(key, { ...item, destination: posix.join(folder, item.destination) });
  };
  const workDirs = new Set(entries.map((entry) => entry.plan().job?.log?.workDir));
  for (const entry of entries) {
    const folder = isRun ? entry.name.replaceAll('/', '_') : '.';
    for (const item of [...logs(entry), ...receiptOf(entry)]) add(item, folder);
    for (const item of pathsOf(entry, paths)) add(item, workDirs.size === 1 ? '.' : folder);
  }
  return [...wanted.values()];
}
