import type { RunView } from '../app/follow-run.ts';
import { type EngineState, isFailure } from '../core/workflow/run-state.ts';
import type { Output } from './output.ts';
import { formatRun } from './run-table.ts';
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
    return {
      update({ run }) {
        const { rows = 24, ...look } = out.terminal ?? {};
        out.redraw(formatRun(run, now(), { ...look, maxLines: rows - 1 }));
      },
      end: ({ run }) => out.settle(formatRun(run, now(), { colour: out.terminal?.colour })),
    };
  }
  return {
    update: (view) => tell(view, out.line),
    end: ({ run }) => out.line(formatRun(run, now()).join('\n')),
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
