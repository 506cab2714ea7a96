import { listRuns } from '../../app/list-runs.ts';
import type { RunStatusView } from '../../app/run-status-view.ts';
import { runStatusColour } from '../colours.ts';
import { addJsonOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { noteStale, runJson } from '../run-table.ts';
import { type Column, formatTable } from '../table.ts';

/** `2026-03-01 17:05`, where the user is. */
const localTime = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' });

const columns: readonly Column<RunStatusView>[] = [
  { title: 'RUN', value: (run) => run.id },
  { title: 'NAME', value: (run) => run.name, elastic: true },
  { title: 'TARGET', value: (run) => run.target },
  { title: 'STATUS', value: (run) => run.status, colour: (run) => runStatusColour(run.status) },
  {
    title: 'JOBS',
    value: (run) => `${run.jobs.filter(({ final }) => final).length}/${run.jobs.length}`,
    align: 'right',
  },
  { title: 'STARTED', value: (run) => localTime.format(run.createdAt) },
  { title: 'FILE', value: (run) => run.source ?? '-', elastic: true },
];

export const flowList = defineCommand({
  name: 'flow list',
  summary: 'List the runs',
  examples: ['srunx flow list', 'srunx flow list -n 5 --json'],
  configure(command) {
    command
      .option('-n, --limit <count>', 'how many of the newest (20)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ options }, { app, out }) {
    const limit = Math.floor(positiveNumber(options, 'limit') ?? 20);
    const { runs, stale } = await listRuns(app, { limit });
    noteStale(stale, out);
    if (runs.length === 0) out.note('No runs yet');
    const table = runs.length === 0 ? [] : formatTable(columns, runs, { ...out.terminal });
    out.result(runs.map(runJson), table.join('\n'));
    return 0;
  },
});
