import type { Command } from 'commander';
import type { SweepFlags } from '../core/sweep/read-sweep.ts';
import { collect, positiveNumber } from './common-options.ts';
import type { ParsedInput } from './define-command.ts';

/** What makes a sweep of a workflow, or changes the one that it is. */
export function addSweepOptions(command: Command): Command {
  return command
    .option('--sweep <key=v1,v2>', 'run the workflow for each of these values (may be repeated)', collect)
    .option('--max-parallel <count>', 'of a sweep: so many cells at once, in each job')
    .option('--fail-fast', 'of a sweep: once a cell has failed, begin no others');
}

export function readSweepOptions(options: ParsedInput['options']): SweepFlags {
  const words = (options['sweep'] as string[] | undefined) ?? [];
  return {
    axes: new Map(
      words.map((w) => [
        w.slice(0, w.indexOf('=')),
        w
          .slice(w.indexOf('=') + 1)
          .split(',')
          .map((v) => ({ value: v, text: v })),
      ]),
    ),
    failFast: options['failFast'] === true,
    maxParallel: positiveNumber(options, 'maxParallel'),
  };
}
