import type { JobKey } from './history.ts';
import type { Store } from './open-store.ts';

/** What people have said about a job. */
export interface Labels {
  readonly note: string | undefined;
  /** In alphabetical order. */
  readonly tags: readonly string[];
}

export function labelsOf(store: Store, { runId, ordinal }: JobKey): Labels {
  const note = store.db.prepare('SELECT text FROM note WHERE run_id = ? AND ordinal = ?').get(runId, ordinal);
  const tags = store.db
    .prepare('SELECT name FROM tag WHERE run_id = ? AND ordinal = ? ORDER BY name')
    .all(runId, ordinal)
    .map(({ name }) => String(name));
  return { note: note === undefined ? undefined : String(note['text']), tags };
}

/** `undefined` takes the note away. Runs inside the caller's transaction. */
export function setNote(store: Store, { runId, ordinal }: JobKey, text: string | undefined): void {
  if (text === undefined) {
    store.db.prepare('DELETE FROM note WHERE run_id = ? AND ordinal = ?').run(runId, ordinal);
    return;
  }
  store.db
    .prepare(
      `INSERT INTO note (run_id, ordinal, text) VALUES (?, ?, ?)
       ON CONFLICT (run_id, ordinal) DO UPDATE SET text = excluded.text`,
    )
    .run(runId, ordinal, text);
}

/** Runs inside the caller's transaction. */
export function addTags(store: Store, { runId, ordinal }: JobKey, names: readonly string[]): void {
  const insert = store.db.prepare('INSERT INTO tag (run_id, ordinal, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  for (const name of names) insert.run(runId, ordinal, name);
}

/** Runs inside the caller's transaction. */
export function removeTags(store: Store, { runId, ordinal }: JobKey, names: readonly string[]): void {
  const remove = store.db.prepare('DELETE FROM tag WHERE run_id = ? AND ordinal = ? AND name = ?');
  for (const name of names) remove.run(runId, ordinal, name);
}
