import { existsSync, readFileSync } from 'node:fs';
import { expandTasks } from '../../src/engine/run-description.ts';

export interface Accounted {
  /** Of an array: with the task. */
  readonly jobId: string;
  readonly state: string;
}

/** What the accounting has of submissions whose scripts lie in one directory. */
export interface Records {
  /** Of each token: the job, or the array. */
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of each job without tasks, and of each task: `keyOf`. */
  readonly rows: ReadonlyMap<string, readonly Accounted[]>;
}

/** The output of `sacct -X -n -P -o JobID,State,SubmitLine`. Other suites submit to the same cluster. */
export function readAccounting(text: string, directory: string): Records {
  const ids = new Map<string, Set<string>>();
  const rows = new Map<string, Accounted[]>();
  const sets: (readonly [string, Accounted])[] = [];
  for (const line of text.split('\n')) {
    const [, base = '', task, set, state = '', token = ''] =
      /^(\d+)(?:_(?:(\d+)|\[([\d,-]+)[^\]]*\]))?\|([A-Z_]+).*srunx:([\w-]+)/.exec(line) ?? [];
    if (token === '' || !line.includes(directory)) continue;
    ids.set(token, (ids.get(token) ?? new Set()).add(base));
    for (const index of expandTasks(set ?? '')) sets.push([`${token}.${index}`, { jobId: `${base}_${index}`, state }]);
    if (set !== undefined) continue;
    const [key, jobId] = task === undefined ? [token, base] : [`${token}.${task}`, `${base}_${task}`];
    rows.set(key, [...(rows.get(key) ?? []), { jobId, state }]);
  }
  // A record of tasks that never started may name some that have records of their own by now.
  for (const [key, row] of sets) if (!rows.has(key)) rows.set(key, [row]);
  return { ids, rows };
}

/** Of each token, the ids in the output of `squeue -h -o '%F %k %o'`: of an array, its own. */
export function readQueue(text: string, directory: string): ReadonlyMap<string, ReadonlySet<string>> {
  const ids = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, id = '', token = ''] = /^(\d+) .*srunx:([\w-]+)/.exec(line) ?? [];
    if (line.includes(directory)) ids.set(token, (ids.get(token) ?? new Set()).add(id));
  }
  return ids;
}

/** What jobs have written into a file, of one run or of all. */
export function linesOf(file: string, runId: string): readonly string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const own = lines.filter((line) => line.startsWith(runId));
  return runId === '' ? own : own.map((line) => line.slice(runId.length + 1).trim()).sort();
}
