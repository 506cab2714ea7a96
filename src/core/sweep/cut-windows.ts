export interface WindowSizes {
  /** So many tasks may be submitted at once: in the first window, and in each later one. */
  readonly first: number;
  readonly later: number;
}

/** A sweep in parts that follow each other. */
export interface CutSweep {
  /** The first cell of each part, by its position. */
  readonly starts: readonly number[];
  /** How many tasks each part has. */
  readonly tasks: readonly number[];
}

/** As few parts as there can be, of cells that stand side by side; `undefined`: one cell alone is too large for its part. */
export function cutWindows(tasksOfCells: readonly number[], { first, later }: WindowSizes): CutSweep | undefined {
  const starts = [0];
  const tasks = [0];
  for (const [cell, count] of tasksOfCells.entries()) {
    const last = tasks.length - 1;
    const size = last === 0 ? first : later;
    if ((tasks[last] ?? 0) + count <= size) {
      tasks[last] = (tasks[last] ?? 0) + count;
      continue;
    }
    if (tasks[last] === 0 || count > later) return undefined;
    starts.push(cell);
    tasks.push(count);
  }
  return { starts, tasks };
}
