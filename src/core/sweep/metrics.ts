export type MetricValue = number | string;

/** A number that a job wrote at a step. */
export interface MetricPoint {
  readonly step: number;
  readonly value: number;
}

/** What a job wrote under one name. */
export interface Metric {
  /** What was written last, number or text. */
  readonly last: MetricValue;
  /** Of finite numbers; of equal ones the first. */
  readonly max?: MetricPoint;
  readonly min?: MetricPoint;
  /** By step; a step that was written again has the newer number. */
  readonly series: readonly MetricPoint[];
}

export interface ParsedMetrics {
  /** In the order in which the names came up. */
  readonly metrics: ReadonlyMap<string, Metric>;
  /** How many lines are no JSON objects: cut by a dying node, or not meant for this file. */
  readonly unreadable: number;
}

interface Written {
  last: MetricValue;
  readonly points: Map<number, number>;
  lastStep: number;
}

/**
 * Reads what a job wrote into `$SRUNX_METRICS`: a JSON object a line. A line without a `step` counts on from the one before
 * it, for each name by itself, from 1. Lists, objects and null are no metrics; true and false are texts.
 */
export function parseMetrics(text: string): ParsedMetrics {
  const found = new Map<string, Written>();
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const fields = readLine(line);
    if (fields === undefined) unreadable += 1;
    else addFields(found, fields);
  }
  return { unreadable, metrics: new Map([...found].map(([name, written]) => [name, summarize(written)])) };
}

function addFields(found: Map<string, Written>, fields: ReadonlyMap<string, MetricValue>): void {
  const given = fields.get('step');
  for (const [name, value] of fields) {
    if (name === 'step') continue;
    const written = found.get(name) ?? { last: value, points: new Map(), lastStep: 0 };
    found.set(name, written);
    written.last = value;
    if (typeof value !== 'number') continue;
    const step = typeof given === 'number' && Number.isFinite(given) ? given : written.lastStep + 1;
    written.lastStep = step;
    written.points.set(step, value);
  }
}

function summarize({ last, points }: Written): Metric {
  const series = [...points].map(([step, value]) => ({ step, value })).sort((a, b) => a.step - b.step);
  let [max, min]: (MetricPoint | undefined)[] = [];
  for (const point of series) {
    if (!Number.isFinite(point.value)) continue;
    if (max === undefined || point.value > max.value) max = point;
    if (min === undefined || point.value < min.value) min = point;
  }
  return { last, series, ...(max === undefined ? {} : { max }), ...(min === undefined ? {} : { min }) };
}

function readLine(line: string): ReadonlyMap<string, MetricValue> | undefined {
  const parsed = parseJson(line) ?? parseJson(line.replace(stringsAndWords, quoteWordOfPython));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  return new Map(
    Object.entries(parsed).flatMap(([name, value]) => {
      const scalar = scalarOf(value);
      return scalar === undefined ? [] : [[name, scalar]];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // One line of many, which is counted.
    return undefined;
  }
}

// Python's json writes numbers that JSON does not have as bare words.
const stringsAndWords = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
const mark = '\u0000srunx number ';

function quoteWordOfPython(part: string): string {
  return part.startsWith('"') ? part : JSON.stringify(mark + part);
}

function scalarOf(value: unknown): MetricValue | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  return value.startsWith(mark) ? Number(value.slice(mark.length)) : value;
}
