import type { PlannedJob } from './plan.ts';

/** What makes two jobs do the same, in words: what differs first says why one cannot stand for the other. */
const parts: readonly (readonly [words: string, of: (job: PlannedJob) => unknown])[] = [
  ['its script has changed', ({ script, kind }) => [script, kind]],
  ['its arguments have changed', ({ args }) => args],
  ['it reads something else of others', ({ reads = [] }) => reads],
  ['its options have changed', ({ options }) => [...options].sort()],
  ['its variables have changed', ({ env }) => Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))],
  ['it names other inputs or outputs', ({ files }) => (files ? [files.inputs, files.outputs, files.hash] : [])],
];

/** What of a job differs from what it was; `undefined`: nothing that matters to what it does. */
export function differenceOf(job: PlannedJob, former: PlannedJob): string | undefined {
  return parts.find(([, of]) => JSON.stringify(of(job)) !== JSON.stringify(of(former)))?.[0];
}
