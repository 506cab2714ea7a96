/** A numbered requirement of the specification of sweeps, or several that stand in one row of it. */
export interface Requirement<Place = void> {
  readonly numbers: readonly string[];
  /** What srunx does; where that differs from the specification's words on purpose, it says so. */
  readonly says: string;
  readonly prove: (place: Place) => void | Promise<void>;
}

/** All numbers that the specification has: `4.11`, and how many there are in each chapter. The last chapter has none of its own. */
export const specified: readonly string[] = [
  ...Object.entries({ 1: 7, 2: 11, 3: 10, 4: 11, 5: 7, 6: 8, 7: 9, 8: 10, 9: 4 }).flatMap(([chapter, count]) =>
    upTo(chapter, count),
  ),
  '10.x',
];

/** What belongs to faces that are not built yet, and comes with them. */
export const notBuilt: readonly (Pick<Requirement, 'numbers'> & { readonly because: string })[] = [
  { numbers: ['1.5'], because: 'web: args of a request over those of the file' },
  { numbers: ['1.6'], because: 'MCP: args of a request over those of the file' },
  { numbers: ['6.1', '6.2', '6.3', '6.5', '6.6', '6.7', '6.8'], because: 'notifications' },
  { numbers: upTo('7', 7), because: 'web: the paths and their answers' },
  {
    numbers: ['7.9'],
    because: 'web: the `max_parallel` of a request that has none; `sweep.max_parallel` will be that',
  },
  { numbers: upTo('8', 10), because: 'web: the pages' },
  { numbers: upTo('9', 4), because: 'MCP' },
];

function upTo(chapter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${chapter}.${index + 1}`);
}
