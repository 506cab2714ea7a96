import type { QueueLook } from '../../app/queue-looks.ts';
import { clipLine } from '../clip-line.ts';
import { chosenColumn } from '../listing.ts';
import type { Terminal } from '../output.ts';
import { formatShortTime } from '../short-time.ts';
import { formatTable, printable } from '../table.ts';
import { initialTop } from './initial-top.ts';
import type { TopRequest } from './run-top.ts';
import { unstyled } from './styles.ts';
import { countLine } from './top-areas.ts';
import { stepTop } from './top-step.ts';

export interface OnceOptions {
  readonly look: QueueLook;
  readonly cluster: string;
  readonly now: number;
  readonly terminal: Terminal | undefined;
}

/** One look as lines of text, whole where no terminal is too narrow. */
export function onceLines(
  request: Omit<TopRequest, 'filters' | 'target' | 'keys'>,
  { look, cluster, now, terminal }: OnceOptions,
): readonly string[] {
  const { columns: width = Number.POSITIVE_INFINITY, colour = false } = terminal ?? {};
  const size = { columns: width, rows: Number.POSITIVE_INFINITY };
  const empty = initialTop({ ...request, cluster, size, now });
  const { state } = stepTop(empty, { kind: 'look', look, now, isFirst: true });
  const columns = request.columns.map(chosenColumn);
  const table = formatTable(columns, state.sorted, { colour, columns: terminal?.columns });
  const time = formatShortTime(now);
  const title = [printable(cluster), time, state.scopeWords[state.scope]].join('  ');
  const lines = [title, countLine(state), ...(state.rows.length === 0 ? [] : ['', ...table])];
  return lines.map((line) => clipLine(colour ? line : unstyled(line), width));
}
