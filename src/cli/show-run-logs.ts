import { findLogs } from '../app/find-logs.ts';
import { findRunLogs, type RunLogs, type RunLogsRequest } from '../app/run-logs.ts';
import { tailLogs } from '../app/tail-logs.ts';
import { exitCodes } from '../core/errors.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { noteStale } from './run-table.ts';
import { openInPager, printPaths, showLogs } from './show-logs.ts';
import { printable } from './table.ts';
import { logChoiceOf } from './tail-options.ts';

/** Shows the logs of a run, or of some of its jobs, as the options say. */
export async function showRunLogs(
  request: RunLogsRequest,
  { options, context }: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): Promise<number> {
  const { app, out } = context;
  const { isWanted, follow, ...choice } = logChoiceOf(options);
  const found = await findRunLogs(app, request);
  noteStale(found.stale, out);
  sayWithout(found, context);
  const { request: logs, nameOf } = found;
  if (logs === undefined) {
    if (out.json && options['path'] === true) out.result([], '');
    return exitCodes.success;
  }
  const { streams } = choice;
  if (options['path'] === true) return printPaths(await findLogs(app, logs), { streams, nameOf, context });
  if (options['open'] === true) return openInPager(await findLogs(app, logs), { options, streams, context });
  const events = tailLogs(app, { ...logs, ...choice, follow });
  return showLogs(events, { isWanted, follow, options, context, nameOf });
}

const mostNamed = 20;

/** Which of the jobs that were meant have no log, or that there is none at all. */
function sayWithout({ run, request, without }: RunLogs, { out }: CommandContext): void {
  if (request === undefined && without.length === 0) out.note(`srunx: no job of run ${run.id} has failed`);
  if (without.length === 0) return;
  const named = without.slice(0, mostNamed).map(({ name, state }) => `${printable(name)} (${state})`);
  const more = without.length > mostNamed ? ` ${out.signs.more} and ${without.length - mostNamed} more` : '';
  out.note(`srunx: no log: ${named.join(', ')}${more}`);
}
