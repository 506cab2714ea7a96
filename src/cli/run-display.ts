import type { RunView } from '../app/follow-run.ts';
import { type EngineState, isFailure } from '../core/workflow/run-state.ts';
import type { Output } from './output.ts';
import { formatRun, type RunTableOptions } from './run-table.ts';
import { formatSweep, leftText, sweepLine } from './sweep-report.ts';
import { printable } from './table.ts';

export interface RunDisplay {
  update(view: RunView): void;
  end(view: RunView): void;
}

/** A table that changes in place on a terminal; elsewhere one line per transition, and the table at the end. */
export function createRunDisplay(out: Output, now: () => number): RunDisplay {
  const tell = ({ changes, run }: RunView, write: (line: string) => void) => {
    const ignored = new Set(run.jobs.filter((job) => job.ignored).map(({ name }) => name));
    for (const change of changes) write(sentence(change, ignored));
  };
  if (out.json) return { update: (view) => tell(view, out.note), end: () => undefined };
  if (out.terminal !== undefined) {
    const format = ({ run }: RunView, options: RunTableOptions) =>
      run.isSweep ? formatSweep(run, { ...options, now: now() }) : formatRun(run, now(), options);
    return {
      update(view) {
        const { rows = 24, ...look } = out.terminal ?? {};
        out.redraw(format(view, { ...look, maxLines: rows - 1 }));
      },
      end: (view) => out.settle(format(view, { colour: out.terminal?.colour })),
    };
  }
  let last = '';
  return {
    update(view) {
      if (!view.run.isSweep) return tell(view, out.line);
      // Thousands of tasks: how many are where, once for each change.
      const line = sweepLine(view.run);
      const told = [line, leftText(view.run, now())].filter(Boolean).join('; ');
      if (line !== last) out.line(`${new Date(now()).toISOString()} ${told}`);
      last = line;
    },
    end: ({ run }) => out.line((run.isSweep ? formatSweep(run, {}) : formatRun(run, now())).join('\n')),
  };
}

function sentence(
  { at, name, jobId, toState, reason }: RunView['changes'][number],
  ignored: ReadonlySet<string>,
): string {
  const id = jobId === null ? '' : ` (${jobId})`;
  const why = reason === null ? '' : `: ${printable(reason)}`;
  return `${new Date(at).toISOString()} ${printable(name)}${id} ${toState}${isFailure(toState as EngineState) && ignored.has(name) ? ' (ignored)' : ''}${why}`;
}
