import { UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { EngineState, RunStatus } from '../workflow/run-state.ts';
import type { Metric, MetricValue } from './metrics.ts';

/** A cell of a sweep, or a job of another run, with what it wrote. */
export interface ResultRow {
  /** Of a cell. */
  readonly index: number | undefined;
  /** Of a job. */
  readonly name: string | undefined;
  /** Of the axes or the matrix, as they were written. */
  readonly values: Readonly<Record<string, string>>;
  readonly state: EngineState | RunStatus;
  readonly metrics: ReadonlyMap<string, Metric>;
}

export interface ResultColumn {
  readonly key: string;
  readonly kind: 'row' | 'state' | 'value' | 'metric';
  /** Found out of a metric besides its last value: shown where somebody names it. */
  readonly derived?: true;
  readonly value: (row: ResultRow) => MetricValue | undefined;
}

/**
 * Everything that can be shown, sorted by and chosen by. What the row itself is called comes first; a value or metric of the
 * same name is `value.NAME` or `metric.NAME`.
 */
export function resultColumns(rows: readonly ResultRow[]): readonly ResultColumn[] {
  const columns = new Map<string, ResultColumn>();
  const add = (column: ResultColumn, prefix: string) => {
    const key = columns.has(column.key) ? `${prefix}.${column.key}` : column.key;
    columns.set(key, { ...column, key });
    return key;
  };
  if (rows.some(({ index }) => index !== undefined))
    add({ key: 'cell', kind: 'row', value: ({ index }) => index }, 'row');
  if (rows.some(({ name }) => name !== undefined)) add({ key: 'job', kind: 'row', value: ({ name }) => name }, 'row');
  add({ key: 'state', kind: 'state', value: ({ state }) => state }, 'row');
  for (const name of new Set(rows.flatMap(({ values }) => Object.keys(values)))) {
    add({ key: name, kind: 'value', value: ({ values }) => values[name] }, 'value');
  }
  for (const name of new Set(rows.flatMap(({ metrics }) => [...metrics.keys()]))) {
    const key = add({ key: name, kind: 'metric', value: ({ metrics }) => metrics.get(name)?.last }, 'metric');
    if (!rows.some(({ metrics }) => metrics.get(name)?.max !== undefined)) continue;
    for (const best of ['max', 'min'] as const) {
      const derived = { kind: 'metric', derived: true } as const;
      add({ ...derived, key: `${key}.${best}`, value: ({ metrics }) => metrics.get(name)?.[best]?.value }, 'metric');
      add(
        { ...derived, key: `${key}.${best}_step`, value: ({ metrics }) => metrics.get(name)?.[best]?.step },
        'metric',
      );
    }
  }
  return [...columns.values()];
}

/** With what it is sorted by among what is shown: an order that nobody can see convinces nobody. */
export function showSorted(columns: readonly ResultColumn[], sort: readonly string[]): readonly ResultColumn[] {
  const keys = new Set(sort.flatMap((key) => [key, key.replace(/^[+-]/, '')]));
  return columns.map(({ derived, ...column }) =>
    derived === undefined || keys.has(column.key) ? column : { ...column, derived },
  );
}

export interface ResultChoice {
  /** `lr=0.1`, `val_acc>0.7`: all must be so. */
  readonly where: readonly string[];
  /** `val_acc`, `-val_acc` for the greatest first. */
  readonly sort: readonly string[];
}

/** The rows that are wanted, in the order that is wanted. Throws a UsageError for a column that does not exist. */
export function chooseResults(
  rows: readonly ResultRow[],
  { columns, where, sort }: ResultChoice & { readonly columns: readonly ResultColumn[] },
): readonly ResultRow[] {
  const tests = where.map((text) => parseCondition(text, columns));
  const keys = sort.map((text) => {
    const isKey = columns.some(({ key }) => key === text);
    return {
      column: requireColumn(isKey ? text : text.replace(/^[+-]/, ''), { columns, option: '--sort' }),
      sign: text.startsWith('-') && !isKey ? -1 : 1,
    };
  });
  const chosen = rows.filter((row) => tests.every((test) => test(row)));
  if (keys.length === 0) return chosen;
  return chosen.sort((a, b) => {
    for (const { column, sign } of keys) {
      const [left, right] = [known(column.value(a)), known(column.value(b))];
      // What is not known comes last, whatever the order.
      if (left === undefined || right === undefined) {
        if (left !== right) return left === undefined ? 1 : -1;
        continue;
      }
      const order = compare(left, right);
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

const operators = {
  '>=': (order: number) => order >= 0,
  '<=': (order: number) => order <= 0,
  '!=': (order: number) => order !== 0,
  '==': (order: number) => order === 0,
  '=': (order: number) => order === 0,
  '>': (order: number) => order > 0,
  '<': (order: number) => order < 0,
} as const;

function parseCondition(text: string, columns: readonly ResultColumn[]): (row: ResultRow) => boolean {
  const [, name = '', operator = '', wanted = ''] = /^(.+?)\s*(>=|<=|!=|==|=|>|<)\s*(.*)$/s.exec(text) ?? [];
  if (operator === '') {
    throw new UsageError(`--where ${text} is no condition`, {
      code: 'usage.option_value',
      hint: 'Write a column, one of = != < <= > >=, and a value, in quotes for the shell: --where "val_acc>0.7".',
    });
  }
  const column = requireColumn(name.trim(), { columns, option: '--where' });
  const holds = operators[operator as keyof typeof operators];
  return (row) => {
    const value = known(column.value(row));
    // What is not known is neither greater nor smaller nor equal.
    return value === undefined ? operator === '!=' : holds(compare(value, wanted));
  };
}

function requireColumn(
  name: string,
  { columns, option }: { readonly columns: readonly ResultColumn[]; readonly option: string },
): ResultColumn {
  const found = columns.find(({ key }) => key === name);
  if (found !== undefined) return found;
  const keys = columns.map(({ key }) => key);
  const shown = columns.filter(({ derived }) => derived !== true).map(({ key }) => key);
  throw new UsageError(`${option}: there is no column \`${name}\``, {
    code: 'usage.column',
    hint:
      didYouMean(name, keys) ??
      `There are: ${shown.join(', ')}; of each metric also METRIC.max, METRIC.min and their _step.`,
  });
}

function known(value: MetricValue | undefined): MetricValue | undefined {
  return typeof value === 'number' && Number.isNaN(value) ? undefined : value;
}

/** Numbers, also where they are written as text (`1e-5` is smaller than `0.10`), as numbers; all else as text. */
function compare(left: MetricValue, right: MetricValue): number {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [String(left), String(right)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function numberOf(value: MetricValue): number | undefined {
  const number = typeof value === 'number' ? value : value.trim() === '' ? Number.NaN : Number(value);
  return Number.isNaN(number) ? undefined : number;
}
