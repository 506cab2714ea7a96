import type { ChosenColumn } from '../column-spec.ts';
import { chosenColumn } from '../listing.ts';
import { unicodeSigns } from '../signs.ts';
import { type Column, layoutTable, printable, rowLine, type TableLayout, titleLine } from '../table.ts';
import { type Pager, pagerHeight } from './pager.ts';
import { fitSegments, type Segment } from './segments.ts';
import { bold, type Drawing, dim, fitLine, reverse } from './styles.ts';
import { isNarrow, layOut } from './top-areas.ts';
import { fitColumn } from './top-fields.ts';
import type { TopRow } from './top-rows.ts';
import type { TopState } from './top-state.ts';

export interface ViewOptions extends Omit<Drawing, 'columns'> {
  readonly columns: readonly ChosenColumn<TopRow>[];
}

/** Draws the screen: as many lines as it has, none wider than it is. */
export function createTopView({ columns, colour, unicode }: ViewOptions): (state: TopState) => readonly string[] {
  const layoutOf = createLayout(columns);
  return (state) => {
    const { mode, size } = state;
    const lines = mode.kind === 'pager' ? pagerLines(mode.pager, state) : listLines(state, layoutOf(state));
    const blank = Array.from({ length: Math.max(0, size.rows - lines.length) }, () => '');
    return [...lines, ...blank]
      .slice(0, size.rows)
      .map((line) => fitLine(line, { columns: size.columns, colour, unicode }));
  };
}

/** What stands in front of each row. */
const marginWidth = 1;

/** Measured anew only where something about it has changed: it looks at every row. */
function createLayout(chosen: readonly ChosenColumn<TopRow>[]): (state: TopState) => TableLayout<TopRow> {
  let last: { readonly rows: TopState['rows']; readonly key: string; readonly layout: TableLayout<TopRow> } | undefined;
  return ({ rows, size, orders, order, isReversed, scope }) => {
    const key = `${size.columns} ${order} ${isReversed} ${scope}`;
    if (last?.rows === rows && last.key === key) return last.layout;
    const sorted = orders[order];
    const arrow = sorted?.keys[0]?.descending === isReversed ? unicodeSigns.up : unicodeSigns.down;
    const columns = (isNarrow(size) ? stateFirst(chosen) : chosen).map((one): Column<TopRow> => {
      const column = chosenColumn(fitColumn(one, { isNarrow: isNarrow(size), isMine: scope === 'own' }));
      return one.field.key === sorted?.column ? { ...column, title: `${column.title}${arrow}` } : column;
    });
    const layout = layoutTable(columns, rows, { columns: Math.max(1, size.columns - marginWidth) });
    last = { rows, key, layout };
    return layout;
  };
}

/** Behind the id: where not even a name has room, its state is to be seen. */
function stateFirst(columns: readonly ChosenColumn<TopRow>[]): readonly ChosenColumn<TopRow>[] {
  const isState = ({ field }: ChosenColumn<TopRow>) => field.key === 'status';
  const others = columns.filter((column) => !isState(column));
  return others.toSpliced(1, 0, ...columns.filter(isState));
}

function listLines(state: TopState, layout: TableLayout<TopRow>): readonly string[] {
  const { header, hasTitles, body, footer } = layOut(state);
  const { columns } = state.size;
  const rows = state.shown.slice(state.first, state.first + body).map((row) => drawRow(row, { state, layout }));
  const nothing = rows.length === 0 && body > 0 ? [nothingText(state)] : [];
  const blank = Array.from({ length: body - rows.length - nothing.length }, () => '');
  const titles = hasTitles ? [reverse(` ${titleLine(layout)}`, columns)] : [];
  return [...header, ...titles, ...rows, ...nothing, ...blank, ...footer];
}

function nothingText({ filter, rows, scope, scopeWords }: TopState): string {
  if (filter !== '' && rows.length > 0) return 'No job has these words; Esc shows all';
  return scope === 'all' ? 'No jobs in queue' : `No jobs in queue (${scopeWords.own}); a shows all`;
}

function drawRow(
  row: TopRow,
  { state, layout }: { readonly state: TopState; readonly layout: TableLayout<TopRow> },
): string {
  const { columns } = state.size;
  const isSelected = row.key === state.current;
  const isOver = row.gone !== undefined || row.job.state.terminal;
  const line = marginOf(row, state) + rowLine(layout, row, !isSelected);
  const fitted = isSelected ? reverse(fitLine(line, { columns, colour: false, unicode: true }), columns) : line;
  if (isOver) return dim(fitted);
  return row.news === undefined ? fitted : bold(fitted);
}

function marginOf({ key, news }: TopRow, { marks }: TopState): string {
  if (marks.has(key)) return '*';
  return news === undefined ? ' ' : news === 'new' ? '+' : '~';
}

function pagerLines(pager: Pager, state: TopState): readonly string[] {
  const { columns } = state.size;
  const height = pagerHeight(state.size);
  const { wrapped, first, what, jobId, remark } = pager;
  const seen = wrapped.slice(first, first + height);
  const blank = Array.from({ length: height - seen.length }, () => '');
  const title = what === 'help' ? 'srunx top' : what === 'log' ? `log of job ${jobId}` : `job ${jobId}`;
  const last = Math.min(wrapped.length, first + height);
  const place = wrapped.length <= height ? '' : `${first + 1}-${last} of ${wrapped.length}`;
  const parts: readonly Segment[] = [
    { text: title },
    ...(remark === '' ? [] : [{ text: printable(remark), drop: 1 }]),
    ...(place === '' ? [] : [{ text: place, drop: 2 }]),
  ];
  const keys = fitSegments(pagerHints, columns);
  return [reverse(fitSegments(parts, columns), columns), ...seen, ...blank, keys];
}

const pagerHints: readonly Segment[] = [
  { text: 'q back', styled: `${bold('q')} back` },
  { text: 'up down PgUp PgDn Home End', styled: `${bold('up down PgUp PgDn Home End')}`, drop: 1 },
];
