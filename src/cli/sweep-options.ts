import type { Command } from 'commander';
import { UsageError } from '../core/errors.ts';
import { readSweepFlags } from '../core/sweep/flags.ts';
import type { SweepFlags } from '../core/sweep/read-sweep.ts';
import { collect, countOption } from './common-options.ts';
import type { ParsedInput } from './define-command.ts';

/** What makes a sweep of a workflow, or changes the one that it is. */
export function addSweepOptions(command: Command): Command {
  return command
    .option('--sweep <key=v1,v2>', 'run the workflow for each of these values (may be repeated)', collect)
    .option('--typed', 'of --sweep: values are what YAML takes them for, and not text')
    .option('--max-parallel <count>', 'of a sweep: so many cells at once, in each job')
    .option('--max-parallel-cells <count>', 'of a sweep: so many cells at once, with all their jobs')
    .option('--max-cells <count>', 'of a sweep: allow so many cells (1000)')
    .option('--fail-fast', 'of a sweep: once a cell has failed, begin no others');
}

export function readSweepOptions(options: ParsedInput['options']): SweepFlags {
  const words = (options['sweep'] as string[] | undefined) ?? [];
  if (options['typed'] === true && words.length === 0) {
    throw new UsageError('--typed has no meaning without --sweep', {
      code: 'usage.option_conflict',
      hint: 'Leave it out: the values of a file are typed anyway.',
    });
  }
  return {
    axes: readSweepFlags(words, { typed: options['typed'] === true }),
    failFast: options['failFast'] === true ? true : undefined,
    maxParallel: countOption(options, 'maxParallel'),
    maxParallelCells: countOption(options, 'maxParallelCells'),
    maxCells: countOption(options, 'maxCells'),
  };
}
