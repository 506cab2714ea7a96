import { isFailure, limitSweep } from '../../app/limit-sweep.ts';
import { countOf } from '../../core/count-of.ts';
import { UsageError } from '../../core/errors.ts';
import { addJsonOption, addProfileOption, countOption } from '../common-options.ts';
import { defineCommand, type ParsedInput } from '../define-command.ts';
import { namedSweepArgument } from '../sweep-argument.ts';
import { judgeControl } from '../sweep-control-report.ts';

export const sweepSet = defineCommand({
  name: 'sweep set',
  summary: 'Change how many tasks of a sweep run at once',
  examples: ['srunx sweep set k3v9 --max-parallel 16', 'srunx sweep set k3v9 --max-parallel 2 --json'],
  configure(command) {
    addProfileOption(command);
    command
      .argument('<sweep>', namedSweepArgument)
      .option('--max-parallel <count>', 'how many tasks of each job may run at once')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, { app, out }) {
    const maxParallel = requireCount(options);
    const { run, arrays, maxParallelCells: turns } = await limitSweep(app, { word: String(args[0]), maxParallel });
    const failures = arrays.filter(isFailure);
    const rows = arrays.map(({ jobId, limit, outcome, message }) => ({
      ...{ job_id: jobId, max_parallel: limit, outcome, message: message ?? null },
    }));
    const text =
      arrays.length === 0 || failures.length > 0 ? '' : `${countOf(maxParallel, 'task')} of each job at once`;
    out.result({ sweep_id: run.id, max_parallel: maxParallel, arrays: rows }, text);
    if (turns !== undefined && turns < maxParallel && arrays.length > 0) {
      out.note(`srunx: no more than ${countOf(turns, 'cell')} are under way at once, as max_parallel_cells has it`);
    }
    if (arrays.length === 0) out.note(`srunx: sweep ${run.id} has ended: what is added to it will keep to that`);
    return judgeControl(failures, out);
  },
});

/** The one thing that can be set so far. */
function requireCount(options: ParsedInput['options']): number {
  const count = countOption(options, 'maxParallel');
  if (count !== undefined) return count;
  throw new UsageError('nothing is to be set', {
    code: 'usage.option_value',
    hint: 'Write --max-parallel and a whole number from 1 on.',
  });
}
