import type { RunError } from '../app/run-errors.ts';
import { countOf } from '../core/count-of.ts';
import { type Signs, unicodeSigns } from './signs.ts';
import { printable } from './table.ts';

/** More names are only counted. */
const mostNamed = 10;

/** What went wrong, one paragraph for each kind. */
export function formatErrors(errors: readonly RunError[], signs: Signs = unicodeSigns): string[] {
  return errors.flatMap((error) => {
    const { jobs, lines, logsRead } = error;
    const from = lines.length > 0 && logsRead < jobs.length ? ` (the end of ${logsRead} of their logs)` : '';
    return ['', `${headOf(error)}: ${namesOf(jobs, signs)}${from}`, ...lines.map((line) => `    ${printable(line)}`)];
  });
}

function headOf({ state, why, ignored, jobs }: RunError): string {
  const count = countOf(jobs.length, 'job');
  const were = jobs.length === 1 ? 'was' : 'were';
  const reason = why === undefined ? '' : ` (${printable(why)})`;
  const words = state === 'timeout' ? 'ran out of time' : state === 'failed' ? 'failed' : `${were} ${state}`;
  return `${count} ${words}${reason}${ignored ? ', which is ignored' : ''}`;
}

function namesOf(jobs: readonly string[], signs: Signs): string {
  const named = jobs.slice(0, mostNamed).map(printable).join(', ');
  return jobs.length > mostNamed ? `${named} ${signs.more} and ${jobs.length - mostNamed} more` : named;
}

/** The documented JSON. */
export function errorsJson(errors: readonly RunError[]): Record<string, unknown>[] {
  return errors.map(({ state, why, ignored, jobs, lines, logsRead }) => ({
    ...{ state, reason: why ?? null, ignored, jobs, lines },
    logs_read: logsRead,
  }));
}
