import type { JobKey } from './history.ts';
import type { Store } from './open-store.ts';

/** What a search looks through; the whole is in the plan directory. */
const maxCharacters = 65_536;

export interface ScriptText {
  /** Of the whole text. */
  readonly hash: string;
  readonly text: string;
}

/** Keeps the text of a job's script for the search. Runs inside the caller's transaction. */
export function recordScript(store: Store, { runId, ordinal }: JobKey, { hash, text }: ScriptText): void {
  const { db } = store;
  db.prepare('INSERT INTO script (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING').run(
    hash,
    text.slice(0, maxCharacters),
  );
  db.prepare('UPDATE job SET script_id = (SELECT id FROM script WHERE hash = ?) WHERE run_id = ? AND ordinal = ?').run(
    hash,
    runId,
    ordinal,
  );
}

export interface StoredScript {
  readonly text: string;
  /** Only the beginning was kept. */
  readonly isCut: boolean;
}

/** What was kept of a job's script; `undefined`: it was not read, or could not be. */
export function storedScript(store: Store, { runId, ordinal }: JobKey): StoredScript | undefined {
  const row = store.db
    .prepare(
      'SELECT text FROM script JOIN job ON job.script_id = script.id WHERE job.run_id = ? AND job.ordinal = ? AND hash <> ?',
    )
    .get(runId, ordinal, goneHash);
  if (row === undefined) return undefined;
  const text = String(row['text']);
  return { text, isCut: text.length === maxCharacters };
}

/** Stands for a script that was not there any more when it was to be read. */
export const goneHash = 'gone';

/** Runs with jobs whose script was not read yet: they were found in a plan directory, or recorded by an older srunx. */
export function runsWithUnreadScripts(store: Store, targets: readonly string[]): string[] {
  return store.db
    .prepare(
      `SELECT DISTINCT job.run_id FROM job JOIN run ON run.id = job.run_id
       WHERE job.script_id IS NULL AND run.target IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(targets))
    .map((row) => String(row['run_id']));
}

export function unreadScriptsOf(store: Store, runId: string): number[] {
  return store.db
    .prepare('SELECT ordinal FROM job WHERE run_id = ? AND script_id IS NULL')
    .all(runId)
    .map(({ ordinal }) => Number(ordinal));
}

/** Texts that no job has any more. Runs inside the caller's transaction. */
export function dropUnusedScripts(store: Store): void {
  store.db.exec('DELETE FROM script WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.script_id = script.id)');
}
