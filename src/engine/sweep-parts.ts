import type { RunDescription, SweepDescription, SweepPart } from './describe-run.ts';

/** What is added to a sweep is handed over by itself, in a directory of its own; the first part's is the plan directory. */
export function handoverDirectory(directory: string, part: number | undefined): string {
  return part === undefined ? directory : `${directory}/parts/${part}`;
}

/** With which the tokens of a part begin, and of no other one. */
export function partName(runId: string, part: number | undefined): string {
  return part === undefined ? runId : `${runId}-p${part}`;
}

/** What the script of a job is called in the plan directory: groups of cells have scripts of their own, and all chunks share one. */
export function payloadName(job: string, group: number): string {
  return group === 0 ? job : `${job}.${group}`;
}

/** Of the part that was added last; 0 where none was. */
export function lastNumber({ sweep }: Pick<RunDescription, 'sweep'>): number {
  return Math.max(0, ...(sweep?.parts ?? []).map(({ number }) => number));
}

interface Addition extends Pick<SweepPart, 'number' | 'how' | 'createdAt'> {
  /** As a sweep of its own; its arrays know their part, and its groups count on from those before. */
  readonly added: SweepDescription;
}

/** The sweep as it is stored when more was added; with how that was laid out, which does not follow from the rest. */
export function withPart(
  description: RunDescription & { readonly sweep: SweepDescription },
  { added, ...part }: Addition,
): RunDescription & { readonly sweep: SweepDescription } {
  const { sweep } = description;
  const known = new Set(sweep.cells.map(({ index }) => index));
  const laidOut = { maxParallel: added.maxParallel, cellsInTurn: added.cellsInTurn ?? null };
  return {
    ...description,
    sweep: {
      ...sweep,
      cells: [...sweep.cells, ...added.cells.filter(({ index }) => !known.has(index))],
      groups: [...sweep.groups, ...added.groups],
      arrays: [...sweep.arrays, ...added.arrays],
      ...(added.reduce === undefined ? {} : { reduce: added.reduce }),
      parts: [...(sweep.parts ?? []), { ...part, ...laidOut }],
    },
  };
}
