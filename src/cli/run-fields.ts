import type { RunStatusView } from '../app/run-status-view.ts';
import { runStatusColour } from './colours.ts';
import type { Field } from './field.ts';
import { formatShortTime } from './short-time.ts';

type Facts = Pick<
  RunStatusView,
  'id' | 'name' | 'source' | 'target' | 'status' | 'handover' | 'createdAt' | 'directory'
>;

/** The columns that lists of runs and of sweeps share, by their keys. */
export function runFields<Row>(of: (row: Row) => Facts) {
  return {
    name: { key: 'name', title: 'NAME', json: (row) => of(row).name, elastic: true },
    source: { key: 'source', title: 'FILE', json: (row) => of(row).source, elastic: true, drop: 4 },
    target: { key: 'target', title: 'TARGET', json: (row) => of(row).target, drop: 3 },
    status: {
      key: 'status',
      title: 'STATUS',
      json: (row) => of(row).status,
      elastic: true,
      colour: (row) => runStatusColour(of(row).status),
    },
    handover: { key: 'handover', title: 'HANDOVER', json: (row) => of(row).handover },
    startedAt: {
      key: 'created_at',
      title: 'STARTED',
      json: (row) => new Date(of(row).createdAt).toISOString(),
      text: (row) => formatShortTime(of(row).createdAt),
      drop: 2,
    },
    directory: { key: 'directory', title: 'DIRECTORY', json: (row) => of(row).directory, elastic: true },
  } as const satisfies Readonly<Record<string, Field<Row>>>;
}

/** Commands take the beginning of an id, too. */
export function idField<Row>(
  of: (row: Row) => Facts,
  { key, title }: { readonly key: string; readonly title: string },
): Field<Row> {
  return {
    ...{ key, title, json: (row: Row) => of(row).id },
    short: { title, value: (row: Row) => of(row).id.slice(0, 6) },
  };
}
