import { findLogs } from '../../app/find-logs.ts';
import { tailLogs } from '../../app/tail-logs.ts';
import { targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { openInPager, printPaths, showLogs } from '../show-logs.ts';
import { addTailOptions, jobIdsOf, logChoiceOf, tasksOf } from '../tail-options.ts';

export const tail = defineCommand({
  name: 'tail',
  summary: "Show the end of jobs' logs, or follow them",
  examples: [
    'srunx tail 4711',
    'srunx tail -f 4711_3 --exit-status',
    "srunx tail 4711 --array all --all --grep 'error|Traceback'",
  ],
  configure: addTailOptions,
  async run(input, context) {
    const { options } = input;
    const { isWanted, follow, ...choice } = logChoiceOf(options);
    const wanted = { jobIds: jobIdsOf(input), tasks: tasksOf(options) };
    const request = { ...wanted, target: targetOf(context) };
    const { streams } = choice;
    if (options['path'] === true) return printPaths(await findLogs(context.app, request), { streams, context });
    if (options['open'] === true)
      return openInPager(await findLogs(context.app, request), { options, streams, context });
    const events = tailLogs(context.app, { ...request, ...choice, follow });
    return showLogs(events, { isWanted, follow, options, context });
  },
});
