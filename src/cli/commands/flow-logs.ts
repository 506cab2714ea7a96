import { findLogs } from '../../app/find-logs.ts';
import { findRunLogs, type RunLogs } from '../../app/run-logs.ts';
import { tailLogs } from '../../app/tail-logs.ts';
import { exitCodes } from '../../core/errors.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { runArgument } from '../run-argument.ts';
import { noteStale } from '../run-table.ts';
import { openInPager, printPaths, showLogs } from '../show-logs.ts';
import { printable } from '../table.ts';
import { addLogOptions, logChoiceOf } from '../tail-options.ts';

export const flowLogs = defineCommand({
  name: 'flow logs',
  summary: 'Show the logs of a run, over all attempts',
  examples: [
    'srunx flow logs k3v9',
    "srunx flow logs k3v9 train 'eval-*' -n 50",
    'srunx flow logs k3v9 --failed --all',
  ],
  configure(command) {
    command
      .argument('[run]', runArgument)
      .argument('[jobs...]', 'only these, by names or patterns such as train-*')
      .option('--failed', 'only jobs that have failed')
      .option('-q, --quiet', 'no remarks on standard error');
    addLogOptions(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const { isWanted, follow, ...choice } = logChoiceOf(options);
    const word = args[0] as string | undefined;
    const jobs = (args[1] as string[] | undefined) ?? [];
    const found = await findRunLogs(app, { word, jobs, onlyFailed: options['failed'] === true });
    noteStale(found.stale, out);
    sayWithout(found, context);
    const { request, nameOf } = found;
    if (request === undefined) {
      if (out.json && options['path'] === true) out.result([], '');
      return exitCodes.success;
    }
    const { streams } = choice;
    if (options['path'] === true) return printPaths(await findLogs(app, request), { streams, nameOf, context });
    if (options['open'] === true) return openInPager(await findLogs(app, request), { options, streams, context });
    const events = tailLogs(app, { ...request, ...choice, follow });
    return showLogs(events, { isWanted, follow, options, context, nameOf });
  },
});

const mostNamed = 20;

/** Which of the jobs that were meant have no log, or that there is none at all. */
function sayWithout({ run, request, without }: RunLogs, { out }: CommandContext): void {
  if (request === undefined && without.length === 0) out.note(`srunx: no job of run ${run.id} has failed`);
  if (without.length === 0) return;
  const named = without.slice(0, mostNamed).map(({ name, state }) => `${printable(name)} (${state})`);
  const more = without.length > mostNamed ? ` ${out.signs.more} and ${without.length - mostNamed} more` : '';
  out.note(`srunx: no log: ${named.join(', ')}${more}`);
}
