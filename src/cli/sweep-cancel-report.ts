import type { CancelledRun } from '../app/cancel-run.ts';
import { exitCodes } from '../core/errors.ts';
import type { Output } from './output.ts';
import { isFailure, judgeRunCancel, resultJson, sayNothingLeft } from './run-cancel-report.ts';
import { countCells, countOpen, countText, formatSweepCancel } from './sweep-cancel-counts.ts';

/** What became of the jobs by counts, with a row in JSON only for what was not cancelled. */
export function reportSweepCancel({ run, results }: CancelledRun, out: Output): number {
  const failures = results.filter(isFailure).map(resultJson);
  const outcomes = countsJson(results, ({ outcome }) => outcome);
  const data = { sweep_id: run.id, cells: countCells(results), jobs: results.length, outcomes, failures };
  out.result(data, formatSweepCancel(results).join('\n'));
  if (results.length > 0 || run.jobs.every(({ final }) => final)) return judgeRunCancel({ run, results }, out);
  return sayNoneMeant(run, out);
}

/** What would be cancelled, as it stands now. */
export function previewSweepCancel({ run, open }: CancelledRun, out: Output): number {
  const states = countsJson(open, ({ state }) => state);
  out.result({ sweep_id: run.id, cells: countCells(open), jobs: open.length, states }, countOpen(open).join('\n'));
  if (open.length > 0) out.note(`srunx: ${countText(open)} of sweep ${run.id} would be cancelled`);
  else if (run.jobs.every(({ final }) => final)) sayNothingLeft(run, out);
  else return sayNoneMeant(run, out);
  return exitCodes.success;
}

function sayNoneMeant({ id }: CancelledRun['run'], out: Output): number {
  out.note(`srunx: nothing to cancel: of sweep ${id}, all that is meant has begun or ended`);
  return exitCodes.success;
}

function countsJson<Item>(items: readonly Item[], key: (item: Item) => string): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(items, key)].map(([name, those]) => [name, those.length]));
}
