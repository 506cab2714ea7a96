import type { Store } from './open-store.ts';

/** How many seconds the tasks of each job of a sweep ran that have completed. */
export function durationsOf({ db }: Store, runId: string): ReadonlyMap<string, readonly number[]> {
  const rows = db
    .prepare(
      `SELECT substr(name, 1, instr(name, '#') - 1) AS stage,
         json_extract(observation, '$.endTime') - json_extract(observation, '$.startTime') AS seconds
       FROM job WHERE run_id = ? AND state = 'completed' AND instr(name, '#') > 0`,
    )
    .all(runId) as { readonly stage: string; readonly seconds: number | null }[];
  const durations = new Map<string, number[]>();
  for (const { stage, seconds } of rows) {
    if (seconds === null || seconds < 0) continue;
    const ofStage = durations.get(stage);
    if (ofStage === undefined) durations.set(stage, [seconds]);
    else ofStage.push(seconds);
  }
  return durations;
}
