import type { Store } from './open-store.ts';

/** Of more tasks than that, some stand for all. */
const enough = 3_000;

/** How many seconds the tasks of each job of a sweep ran that have completed; of tens of thousands, those of a sample. */
export function durationsOf({ db }: Store, runId: string): ReadonlyMap<string, readonly number[]> {
  const last = db.prepare('SELECT max(ordinal) AS last FROM job WHERE run_id = ?').get(runId);
  const every = Math.ceil((Number(last?.['last'] ?? 0) + 1) / enough);
  const rows = db
    .prepare(
      `SELECT substr(name, 1, instr(name, '#') - 1) AS stage,
         json_extract(observation, '$.endTime') - json_extract(observation, '$.startTime') AS seconds
       FROM job WHERE run_id = ? AND state = 'completed' AND instr(name, '#') > 0
         -- Mixed, because the jobs of a cell follow each other.
         AND (ordinal * 2654435761 >> 8) % ? = 0`,
    )
    .all(runId, every) as { readonly stage: string; readonly seconds: number | null }[];
  const durations = new Map<string, number[]>();
  for (const { stage, seconds } of rows) {
    if (seconds === null || seconds < 0) continue;
    const ofStage = durations.get(stage);
    if (ofStage === undefined) durations.set(stage, [seconds]);
    else ofStage.push(seconds);
  }
  return durations;
}
