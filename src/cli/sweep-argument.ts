import type { Command } from 'commander';
import { showRun } from '../app/list-runs.ts';
import type { RunStatusView } from '../app/run-status-view.ts';
import { requireSweep } from '../app/sweep-at-hand.ts';
import { NotFoundError, UsageError } from '../core/errors.ts';
import { type CellSummary, summarizeSweep } from '../core/sweep/sweep-summary.ts';
import { collect } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { noteStale } from './run-table.ts';

export const namedSweepArgument = 'its id or the beginning of it, or its plan directory';

export const sweepArgument = `${namedSweepArgument}; the newest if left out`;

export function addCellOption(command: Command, words: string): Command {
  return command.option(
    '--cell <index or key=value>',
    `${words}, by index or by a value of an axis (may be repeated)`,
    collect,
  );
}

/** A sweep brought up to date; throws for a run that is none. */
export async function sweepNamed(
  word: string | undefined,
  { app, out }: CommandContext,
  options: { readonly isBrief?: boolean } = {},
): Promise<RunStatusView> {
  const { run, stale } = await showRun(app, { id: word, onlySweeps: true, ...options });
  noteStale(stale, out);
  requireSweep(run);
  return run;
}

type Cell = CellSummary<RunStatusView['jobs'][number]>;

/** The cells that `--cell` and `--state` choose: of several indices, or values of an axis, one; of different axes all must be so. */
export function chooseCells(run: RunStatusView, options: ParsedInput['options']): readonly Cell[] {
  const { cells } = summarizeSweep(run.jobs, run.leftOut);
  const words = (options['cell'] as string[] | undefined) ?? [];
  const indices = new Set(words.filter((word) => /^\d+$/.test(word)).map(Number));
  const values = Map.groupBy(
    words.filter((word) => !/^\d+$/.test(word)).map((word) => requireValue(word, cells)),
    ([axis]) => axis,
  );
  const states = (options['state'] as string | undefined)?.split(',').map((state) => state.toLowerCase());
  const chosen = cells.filter(
    ({ index, status, values: own }) =>
      (indices.size === 0 || indices.has(index)) &&
      [...values].every(([axis, wanted]) => wanted.some(([, value]) => own[axis] === value)) &&
      (states === undefined || states.includes(status)),
  );
  if (chosen.length > 0 || words.length === 0) return chosen;
  throw new NotFoundError(`no cell of sweep ${run.id} is ${words.join(', ')}`, {
    code: 'sweep.cell_not_found',
    hint: `\`srunx sweep show ${run.id}\` lists them.`,
  });
}

function requireValue(word: string, cells: readonly Cell[]): readonly [string, string] {
  const at = word.indexOf('=');
  const axes = Object.keys(cells[0]?.values ?? {});
  const key = word.slice(0, at);
  if (at > 0 && axes.includes(key)) return [key, word.slice(at + 1)];
  throw new UsageError(
    `--cell ${word}: ${at > 0 ? `the sweep has no axis \`${key}\`` : 'neither an index nor a value'}`,
    {
      code: 'usage.option_value',
      hint: `Write an index, or AXIS=VALUE of: ${axes.join(', ')}.`,
    },
  );
}
