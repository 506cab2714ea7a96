import type { TaskRange, TaskSet } from './job-id.ts';

/** Fewer in a row with the same step are shorter one by one. */
const worthARange = 3;

/** Ascending indices as a set, in as few ranges as is easily found. */
export function taskSetOf(indices: readonly number[]): TaskSet {
  const ranges: TaskRange[] = [];
  for (let at = 0; at < indices.length; ) {
    const first = indices[at] ?? 0;
    const step = (indices[at + 1] ?? first + 1) - first;
    let end = at;
    while (indices[end + 1] !== undefined && (indices[end + 1] ?? 0) - (indices[end] ?? 0) === step) end += 1;
    const isRange = end - at + 1 >= worthARange || (step === 1 && end > at);
    const last = isRange ? (indices[end] ?? first) : first;
    ranges.push({ first, last, step: isRange ? step : 1 });
    at = isRange ? end + 1 : at + 1;
  }
  return { ranges, truncated: false };
}
