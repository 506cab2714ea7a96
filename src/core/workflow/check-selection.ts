import { NotFoundError, UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { type GraphNode, type Selection, selectNodes } from './graph.ts';

/** The names of the jobs to run. Throws for a job that does not exist, and for a selection of nothing. */
export function requireSelection(jobs: readonly GraphNode[], selection: Selection): ReadonlySet<string> {
  const { from, to, only } = selection;
  if (only.length > 0 && (from !== undefined || to !== undefined)) {
    throw new UsageError('--job cannot be used together with --from or --to', {
      code: 'usage.option_conflict',
      hint: 'Use --job for single jobs, --from and --to for a part of the graph.',
    });
  }
  const names = [...new Set(jobs.flatMap(({ name, family = name }) => [family, name]))];
  requireJob('--from', from, names);
  requireJob('--to', to, names);
  for (const name of only) requireJob('--job', name, names);
  const selected = selectNodes(jobs, selection);
  if (selected.size > 0) return selected;
  throw new UsageError(`no job lies between ${from} and ${to}`, {
    code: 'usage.empty_selection',
    hint: `${to} does not depend on ${from}; exchange them, or use --job for single jobs.`,
  });
}

function requireJob(option: string, name: string | undefined, names: readonly string[]): void {
  if (name === undefined || names.includes(name)) return;
  throw new NotFoundError(`${option} ${name}: the workflow has no such job`, {
    code: 'workflow.job_not_found',
    hint: didYouMean(name, names) ?? `There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}.`,
  });
}
