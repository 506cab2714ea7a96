/** How to draw from a grid: by chance, evenly in each axis (Latin hypercube), or evenly in all of them (Sobol). */
export const sampleMethods = ['random', 'sobol', 'latin'] as const;
export type SampleMethod = (typeof sampleMethods)[number];

export interface SampleRequest {
  /** How many values each axis has. */
  readonly sizes: readonly number[];
  readonly count: number;
  readonly method: SampleMethod;
  readonly seed: number;
}

/** Sobol's numbers are known here for so many axes. */
export const mostSobolAxes = 10;

/**
 * Points of the grid, each as the places of its values in their axes; no point twice. The same for the same seed, for ever: cells must
 * not change when a sweep is looked at again. Fewer than asked for where the grid has no more.
 */
export function samplePoints({ sizes, count, method, seed }: SampleRequest): readonly (readonly number[])[] {
  const total = sizes.reduce((product, size) => product * size, 1);
  const wanted = Math.min(count, total);
  const found = new Map<string, readonly number[]>();
  const random = mulberry32(seed);
  const draw = {
    random: () => sizes.map(random),
    latin: latinDraws(sizes.length, count, random),
    sobol: sobolDraws(sizes.length, random),
  }[method];
  for (let tries = 0; found.size < wanted && tries < 200 * count; tries += 1) {
    const point = draw().map((part, axis) => Math.min(Math.floor(part * (sizes[axis] ?? 1)), (sizes[axis] ?? 1) - 1));
    found.set(point.join(), point);
  }
  // What chance has not met in all that time: the rest in its order.
  for (let index = 0; found.size < wanted && index < total; index += 1) {
    const point = decode(index, sizes);
    found.set(point.join(), point);
  }
  return [...found.values()].sort((left, right) => compare(left, right));
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((value, index) => value !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function decode(index: number, sizes: readonly number[]): readonly number[] {
  let rest = index;
  return sizes
    .toReversed()
    .map((size) => {
      const place = rest % size;
      rest = Math.floor(rest / size);
      return place;
    })
    .toReversed();
}

/** Between 0 and 1; a public generator of 32 bits of state, because every engine must draw the same. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Of `count` draws, each axis has one in each of `count` equal parts; after that, anew. */
function latinDraws(axes: number, count: number, random: () => number): () => number[] {
  let left: number[][] = [];
  return () => {
    if (left.every((parts) => parts.length === 0)) left = Array.from({ length: axes }, () => shuffled(count, random));
    return left.map((parts) => ((parts.pop() ?? 0) + random()) / count);
  };
}

function shuffled(count: number, random: () => number): number[] {
  const parts = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [parts[at], parts[other]] = [parts[other] ?? 0, parts[at] ?? 0];
  }
  return parts;
}

/** Joe and Kuo's primitive polynomials and first direction numbers, of the axes from the second on. */
const directions: readonly { readonly a: number; readonly m: readonly number[] }[] = [
  { a: 0, m: [1] },
  { a: 1, m: [1, 3] },
  { a: 1, m: [1, 3, 1] },
  { a: 2, m: [1, 1, 1] },
  { a: 1, m: [1, 1, 3, 3] },
  { a: 4, m: [1, 3, 5, 13] },
  { a: 2, m: [1, 1, 5, 5, 17] },
  { a: 4, m: [1, 1, 5, 5, 5] },
  { a: 7, m: [1, 1, 7, 11, 19] },
];

const bits = 30;

function sobolDraws(axes: number, random: () => number): () => number[] {
  const vectors = Array.from({ length: axes }, (_, axis) => directionVectors(axis));
  const shifts = Array.from({ length: axes }, () => Math.floor(random() * 2 ** bits));
  const state = vectors.map(() => 0);
  let index = 0;
  return () => {
    const zeros = trailingOnes(index);
    index += 1;
    for (const [axis, vector] of vectors.entries()) {
      if (index > 1) state[axis] = (state[axis] ?? 0) ^ (vector[zeros] ?? 0);
    }
    return state.map((value, axis) => (value ^ (shifts[axis] ?? 0)) / 2 ** bits);
  };
}

function trailingOnes(index: number): number {
  let count = 0;
  for (let rest = Math.max(index - 1, 0); rest % 2 === 1; rest = Math.floor(rest / 2)) count += 1;
  return count;
}

function directionVectors(axis: number): number[] {
  const { a, m } = directions[axis - 1] ?? { a: 0, m: [] };
  const degree = m.length;
  const vectors: number[] = [];
  for (let at = 0; at < bits; at += 1) {
    if (axis === 0) vectors.push(2 ** (bits - 1 - at));
    else if (at < degree) vectors.push((m[at] ?? 1) * 2 ** (bits - 1 - at));
    else {
      const before = vectors[at - degree] ?? 0;
      let value = before ^ (before >>> degree);
      for (let term = 1; term < degree; term += 1) {
        if ((a >>> (degree - 1 - term)) & 1) value ^= vectors[at - term] ?? 0;
      }
      vectors.push(value);
    }
  }
  return vectors;
}
