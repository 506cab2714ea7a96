import type { MetricPoint } from '../core/sweep/metrics.ts';
import type { ResultColumn, ResultRow } from '../core/sweep/results.ts';
import { scaleOf, sparkline } from '../core/sweep/sparkline.ts';
import { stateColour } from './colours.ts';
import type { Field, Listing } from './field.ts';
import type { Signs } from './signs.ts';

const curveWidth = 24;

export interface CurveChoice {
  readonly metric: string;
  readonly rows: readonly ResultRow[];
  readonly signs: Signs;
}

/** The listing of rows that have these columns; with the curves of a metric, all on one scale, where they are wanted. */
export function resultsListing(columns: readonly ResultColumn[], curves: CurveChoice | undefined): Listing<ResultRow> {
  const fields = columns.map(fieldOf);
  const curve = curves === undefined ? [] : [curveField(curves, new Set(columns.map(({ key }) => key)))];
  const shown = columns.filter(({ derived }) => derived !== true).map(({ key }) => key);
  return {
    fields: [...fields, ...curve],
    table: [...shown, ...curve.map(({ key }) => key)],
    id: ({ index, name }) => (index === undefined ? (name ?? '') : String(index)),
  };
}

function fieldOf({ key, kind, derived, value }: ResultColumn): Field<ResultRow> {
  const text = (row: ResultRow) => shortText(value(row));
  return {
    key,
    title: kind === 'row' || kind === 'state' ? key.toUpperCase() : key,
    json: value,
    text,
    elastic: true,
    ...(kind === 'metric' || key === 'cell' ? { align: 'right' as const } : {}),
    ...(derived === true ? { onRequest: true as const } : {}),
    ...(kind === 'state' ? { colour: ({ state }: ResultRow) => stateColour(state) } : {}),
  };
}

/** Six digits are what people compare; the other formats have them all. */
function shortText(value: number | string | undefined): string {
  if (value === undefined || value === '') return '-';
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : value;
}

function curveField({ metric, rows, signs }: CurveChoice, taken: ReadonlySet<string>): Field<ResultRow> {
  const seriesOf = ({ metrics }: ResultRow): readonly MetricPoint[] => metrics.get(metric)?.series ?? [];
  const scale = scaleOf(rows.map(seriesOf), curveWidth);
  return {
    key: taken.has('curve') ? `${metric}.curve` : 'curve',
    title: `${metric}, by step`,
    json: (row) => seriesOf(row).map(({ step, value }) => [step, value]),
    text: (row) => (scale === undefined ? '' : sparkline(seriesOf(row), { scale, levels: signs.levels })),
  };
}
