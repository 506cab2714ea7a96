import type { QueueDatabase } from './database.ts';
import { transact } from './database.ts';
import { keepVersion } from './rows.ts';

const dayMs = 86_400_000;
/** Finished jobs stay known for this long, and at most so many of them. */
const defaults = { maxAgeMs: 30 * dayMs, maxFinished: 20_000 };
/** Per transaction: others are not to wait. */
const chunk = 500;

/** Forgets the oldest finished jobs. Their tokens stay, so that nothing is ever submitted twice. */
export async function pruneQueue(
  queue: QueueDatabase,
  { now, ...limits }: { readonly now: number } & Partial<typeof defaults>,
): Promise<void> {
  const { db } = queue;
  const { maxAgeMs, maxFinished } = { ...defaults, ...limits };
  const forget = `DELETE FROM job WHERE id IN (
    SELECT id FROM job WHERE open = 0
      AND (submitted_at < ? OR id <= (SELECT id FROM job WHERE open = 0 ORDER BY id DESC LIMIT 1 OFFSET ?))
      AND NOT EXISTS (SELECT 1 FROM task WHERE job_id = job.id AND ended_at > ?)
      AND NOT EXISTS (SELECT 1 FROM dependency JOIN job AS child ON child.id = dependency.child
        WHERE dependency.parent = job.id AND child.open = 1)
    LIMIT ?)`;
  // A job that ended within the last day is never forgotten, however many there are.
  const day = now - dayMs;
  for (;;) {
    const { changes } = await transact(queue, () => {
      keepVersion(db);
      return db.prepare(forget).run(now - maxAgeMs, maxFinished, day, chunk);
    });
    if (changes === 0) break;
  }
  await transact(queue, () => {
    db.exec('DELETE FROM environment WHERE hash NOT IN (SELECT environment FROM payload)');
  });
}
