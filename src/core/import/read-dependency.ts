import { type Edge, type EdgeType, edgeTypes } from '../workflow/graph.ts';
import type { Value } from './shell-values.ts';

export interface ReadDependency {
  readonly edges: readonly Edge[];
  /** What cannot be said in a workflow, in words. */
  readonly faults: readonly string[];
}

/** A sign that is in no dependency, in the place of a job. */
const mark = '\u0001';

/** The value of `--dependency`: `afterok:ID:ID,afterany:ID`. */
export function readDependency(value: Value): ReadDependency {
  const jobs: string[] = [];
  const faults: string[] = [];
  const text = value
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      if (piece.kind === 'unknown') return piece.raw;
      if (piece.form === 'sentence') faults.push(`the id of ${piece.job} is not taken out of what sbatch prints`);
      jobs.push(piece.job);
      return `${mark}${jobs.length - 1}${mark}`;
    })
    .join('');
  if (text.includes('?')) faults.push('`?` (any one of them) cannot be said in a workflow: all are waited for');
  const edges = text.split(/[,?]/).flatMap((part) => readPart(part, { jobs, faults }));
  return { edges: [...new Map(edges.map((edge) => [`${edge.type}:${edge.parent}`, edge])).values()], faults };
}

interface PartContext {
  readonly jobs: readonly string[];
  readonly faults: string[];
}

function readPart(part: string, { jobs, faults }: PartContext): Edge[] {
  const [kind = '', ...ids] = part.trim().split(':');
  if (part.trim() === '') return [];
  // Ids alone, as old releases took them, are `afterany`.
  const isBare = ids.length === 0 && kind.startsWith(mark);
  const type = isBare ? 'afterany' : typeOf(kind, faults);
  if (type === undefined) {
    faults.push(`\`${shown(part, jobs)}\` cannot be said in a workflow`);
    return [];
  }
  return (isBare ? [kind] : ids).flatMap((id): Edge[] => {
    const [, index, delay] = new RegExp(`^${mark}(\\d+)${mark}(\\+\\d+)?$`).exec(id) ?? [];
    const parent = index === undefined ? undefined : jobs[Number(index)];
    if (parent === undefined) {
      if (id !== '') faults.push(`\`${shown(id, jobs)}\` is no job of this chain`);
      return [];
    }
    if (delay !== undefined) faults.push(`${type}:${parent}: the delay of ${delay.slice(1)} minutes is left out`);
    return [{ type, parent }];
  });
}

function typeOf(kind: string, faults: string[]): EdgeType | undefined {
  if (kind === 'aftercorr') {
    faults.push('`aftercorr` (task by task) is written as afterok of the whole array');
    return 'afterok';
  }
  return edgeTypes.find((type) => type === kind);
}

function shown(text: string, jobs: readonly string[]): string {
  return text.replaceAll(new RegExp(`${mark}(\\d+)${mark}`, 'g'), (_, index) => jobs[Number(index)] ?? '');
}
