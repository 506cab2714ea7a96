import type { ConfiguredValue } from '../config/configured-value.ts';

/** A value of an axis: as templates see it, and as it was written. */
export interface AxisValue {
  readonly value: string | number | boolean | Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Cell {
  /** From 0, in the order of the axes, the last of which changes first: never changes. */
  readonly index: number;
  /** For file names: of its values, unique in the sweep. */
  readonly name: string;
  readonly values: ReadonlyMap<string, AxisValue>;
}

export interface FailFast {
  /** So many failed cells end the sweep. */
  readonly after: number;
  readonly cancelRunning: boolean;
}

export interface Sweep {
  readonly axes: readonly string[];
  readonly cells: readonly Cell[];
  /** How many cells there are for templates, where these are only some of them. */
  readonly count?: number;
  /** Of the tasks of each stage. */
  readonly maxParallel: number;
  /** So many cells are under way at once, from the start of their first job to the end of their last. */
  readonly maxParallelCells?: number;
  readonly failFast?: FailFast;
  /** What nobody typed. */
  readonly configured: readonly ConfiguredValue[];
  readonly warnings: readonly string[];
}
