import type { Field } from '../field.ts';
import { sortRows } from '../listing.ts';
import type { SortKey } from '../listing-choice.ts';
import type { TopRow } from './top-rows.ts';

/** An order of the rows; those that are equal in it stay in the order of the queue. */
export interface SortOrder {
  /** The key of the column that it goes by first. */
  readonly column: string;
  readonly title: string;
  readonly keys: readonly SortKey<TopRow>[];
}

/** By what happens to the jobs: what runs, what waits, what is unclear, what has ended. */
const rank: Field<TopRow> = {
  key: 'status',
  title: 'STATE',
  json({ job: { state }, gone }) {
    if (state.terminal || gone !== undefined) return 3;
    return state.status === 'RUNNING' ? 0 : state.status === 'PENDING' ? 1 : 2;
  },
};

/** What was asked for first, then the state, then every column as it stands. */
export function sortOrders(columns: readonly Field<TopRow>[], asked: readonly SortKey<TopRow>[]): readonly SortOrder[] {
  const byColumn = columns.map((field) => orderBy([{ field, descending: false }]));
  const first = asked.length === 0 ? [] : [orderBy(asked)];
  return [
    ...first,
    orderBy([{ field: rank, descending: false }]),
    ...byColumn.filter(({ column }) => column !== rank.key),
  ];
}

function orderBy(keys: readonly SortKey<TopRow>[]): SortOrder {
  return { column: keys[0]?.field.key ?? '', title: keys.map(({ field }) => field.title).join(', '), keys };
}

export function sortTopRows(
  rows: readonly TopRow[],
  { order, isReversed }: { readonly order: SortOrder | undefined; readonly isReversed: boolean },
): readonly TopRow[] {
  const keys = order?.keys ?? [];
  return sortRows(rows, isReversed ? keys.map((key) => ({ ...key, descending: !key.descending })) : keys);
}
