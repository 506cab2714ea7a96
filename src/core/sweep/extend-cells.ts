import { countOf } from '../count-of.ts';
import { UsageError } from '../errors.ts';
import { cellNames } from './cell-names.ts';
import type { ScalarValue } from './flags.ts';
import type { AxisValue, Cell } from './sweep.ts';

/** A cell that a sweep has. */
export type FormerCell = Pick<Cell, 'index' | 'values'>;

type Values = ReadonlyMap<string, AxisValue>;

/**
 * The cells that values added to axes bring: each new value with everything that the other axes have had beside it. They are counted on
 * from the last one, so that no cell changes its number. Values are taken for what those of the axis are (numbers, or text). Axes whose
 * values stand in pairs (`zip`) take theirs in pairs. Throws a UsageError where that makes no sense.
 */
export function extendCells(
  cells: readonly FormerCell[],
  added: ReadonlyMap<string, readonly AxisValue[]>,
): readonly Cell[] {
  const known = cells.map(({ values }) => values);
  const grid = gridOf(known);
  let all = grid;
  for (const step of stepsOf(grid, added)) all = [...all, ...extendBy(all, step)];
  const there = new Set(known.map(keyOf));
  const fresh = inOrder(all).filter((values) => !there.has(keyOf(values)));
  const names = cellNames([...cells.map(({ values }) => values), ...fresh]).slice(cells.length);
  const first = Math.max(...cells.map(({ index }) => index)) + 1;
  return fresh.map((values, at) => ({ index: first + at, name: names[at] ?? '', values }));
}

/** Without cells that have more, or less, than the axes that all of them have: those are what `include` has made of them. */
function gridOf(cells: readonly Values[]): readonly Values[] {
  const common = [...(cells[0]?.keys() ?? [])].filter((axis) => cells.every((values) => values.has(axis)));
  return cells.filter((values) => values.size === common.length);
}

/** As those of a file: by the values of the axes, as they came, the last of which changes first. */
function inOrder(cells: readonly Values[]): readonly Values[] {
  const places = new Map<string, Map<string, number>>();
  for (const values of cells) {
    for (const [axis, { text }] of values) {
      const ofAxis = places.get(axis) ?? new Map<string, number>();
      places.set(axis, ofAxis);
      if (!ofAxis.has(text)) ofAxis.set(text, ofAxis.size);
    }
  }
  const placesIn = (values: Values) => [...values].map(([axis, { text }]) => places.get(axis)?.get(text) ?? 0);
  return cells
    .map((values) => ({ values, at: placesIn(values) }))
    .sort((left, right) => left.at.map((place, axis) => place - (right.at[axis] ?? 0)).find((gap) => gap !== 0) ?? 0)
    .map(({ values }) => values);
}

function keyOf(values: Values): string {
  return JSON.stringify([...values].map(([axis, { text }]) => [axis, text]).sort());
}

/** Values of axes that advance together: each entry is one of them. */
type Step = readonly Values[];

function stepsOf(cells: readonly Values[], added: ReadonlyMap<string, readonly AxisValue[]>): readonly Step[] {
  const axes = new Set(cells.flatMap((values) => [...values.keys()]));
  const typed = new Map([...added].map(([axis, values]) => [axis, likeOthers(axis, { values, cells, axes })]));
  const steps: Step[] = [];
  const done = new Set<string>();
  for (const [axis, values] of typed) {
    if (done.has(axis)) continue;
    const members = [axis, ...[...axes].filter((other) => other !== axis && arePaired(cells, axis, other))];
    for (const member of members) {
      done.add(member);
      const count = typed.get(member)?.length ?? 0;
      if (count === values.length) continue;
      throw new UsageError(
        `each value of \`${axis}\` stands with one of \`${member}\`, and ${countOf(values.length, 'value')} of \`${axis}\` and ${count} of \`${member}\` were given`,
        { code: 'sweep.pairs', hint: `Add as many of both: --add ${axis}=... --add ${member}=...` },
      );
    }
    steps.push(values.map((_, at) => new Map(members.flatMap((member) => entryOf(member, typed.get(member)?.[at])))));
  }
  return steps;
}

function entryOf(axis: string, value: AxisValue | undefined): (readonly [string, AxisValue])[] {
  return value === undefined ? [] : [[axis, value]];
}

/** Whether each value of one has a single value of the other beside it, and the other way round. */
function arePaired(cells: readonly Values[], left: string, right: string): boolean {
  const pairs = new Set(cells.map((values) => `${values.get(left)?.text}\n${values.get(right)?.text}`)).size;
  const count = (axis: string) => new Set(cells.map((values) => values.get(axis)?.text)).size;
  return pairs > 1 && pairs === count(left) && pairs === count(right);
}

/** All that was beside the axes of a step, with its values. */
function extendBy(cells: readonly Values[], step: Step): readonly Values[] {
  const members = [...(step[0]?.keys() ?? [])];
  const others = new Map<string, Values>();
  for (const values of cells) {
    if (!members.every((axis) => values.has(axis))) continue;
    const rest = new Map([...values].filter(([axis]) => !members.includes(axis)));
    const key = keyOf(rest);
    if (!others.has(key)) others.set(key, values);
  }
  const known = new Set(cells.map(keyOf));
  // As in a sweep from a file, the axes keep their order.
  const made = [...others.values()].flatMap((values) => step.map((part) => new Map([...values, ...part])));
  return made.filter((values) => {
    const key = keyOf(values);
    return !known.has(key) && known.add(key) !== undefined;
  });
}

interface Axis {
  readonly values: readonly AxisValue[];
  readonly cells: readonly Values[];
  readonly axes: ReadonlySet<string>;
}

function likeOthers(axis: string, { values, cells, axes }: Axis): readonly AxisValue[] {
  if (!axes.has(axis)) {
    throw new UsageError(`--add ${axis}: the sweep has no such axis`, {
      code: 'sweep.no_axis',
      hint: `It has ${[...axes].join(', ')}; a new axis is a new sweep.`,
    });
  }
  const known = cells.flatMap((cell) => cell.get(axis) ?? []);
  return values.map(({ value, text }) => {
    const same = known.find((one) => one.text === text || (text !== '' && one.value === Number(text)));
    if (same !== undefined) return same;
    if (known.some((one) => typeof one.value === 'object')) {
      throw new UsageError(`--add ${axis}=${text}: its values are groups with names, and there is none of this name`, {
        code: 'sweep.no_group',
        hint: 'Add it to the workflow file, and run that as a new sweep.',
      });
    }
    const own = typeof value === 'string' ? taken(text, known) : value;
    if (known.every((one) => typeof one.value === 'number') && typeof own !== 'number') {
      throw new UsageError(`--add ${axis}=${text}: all its values are numbers, and this is none`, {
        code: 'sweep.no_number',
        hint: 'Write a number; an axis with other values is a new sweep.',
      });
    }
    return { value: own, text };
  });
}

/** A number or a truth value, where all others of the axis are. */
function taken(text: string, known: readonly AxisValue[]): ScalarValue {
  const all = (type: string) => known.every(({ value }) => typeof value === type);
  if (all('number') && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (all('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
