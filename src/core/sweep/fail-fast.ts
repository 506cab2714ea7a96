import { placeOf } from './place-of.ts';
import type { FailFast } from './sweep.ts';

/** A job of a cell, as far as the end of its sweep depends on it. */
export interface CellFact {
  /** `train#12`. */
  readonly name: string;
  /** For good, and that counts. */
  readonly failed: boolean;
  readonly running: boolean;
  /** It has run, or runs. */
  readonly begun: boolean;
  /** Epoch seconds. */
  readonly endTime: number | undefined;
}

export interface SweepEnd {
  /** The job whose failure was one too many; absent where there is none. */
  readonly by: string | undefined;
  /** There may be one of whose end nothing is known yet. */
  readonly mayCome: boolean;
  readonly failed: ReadonlySet<number>;
  /** Cells of which a job has begun. */
  readonly begun: ReadonlySet<number>;
}

/** Whether so many cells have failed that the sweep ends. A cell counts once, with the first of its failures. */
export function judgeSweep(facts: readonly CellFact[], { after }: Pick<FailFast, 'after'>): SweepEnd {
  const first = new Map<number, CellFact>();
  const begun = new Set<number>();
  const running = new Set<number>();
  const timeOf = ({ endTime = 0 }: CellFact) => endTime;
  for (const fact of facts) {
    const cell = placeOf(fact.name)?.cell;
    if (cell === undefined) continue;
    if (fact.begun) begun.add(cell);
    if (fact.running) running.add(cell);
    const known = first.get(cell);
    if (fact.failed && (known === undefined || timeOf(fact) < timeOf(known))) first.set(cell, fact);
  }
  const failures = [...first.values()].sort((left, right) => timeOf(left) - timeOf(right));
  const by = failures[after - 1]?.name;
  const candidates = new Set([...first.keys(), ...running]);
  return { by, mayCome: by === undefined && candidates.size >= after, failed: new Set(first.keys()), begun };
}

export function failFastWords(name: string): string {
  return `fail_fast: ${name} failed`;
}
