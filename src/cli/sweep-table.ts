import type { CommandEntry } from './define-command.ts';

/** The commands of sweeps. */
export const sweepTable: readonly CommandEntry[] = [
  {
    name: 'sweep list',
    summary: 'List the sweeps',
    load: async () => (await import('./commands/sweep-list.ts')).sweepList,
  },
  {
    name: 'sweep status',
    summary: 'Show how a sweep stands, and what went wrong',
    load: async () => (await import('./commands/sweep-status.ts')).sweepStatus,
  },
  {
    name: 'sweep show',
    summary: 'List the cells of a sweep: their values, and how each of their jobs stands',
    load: async () => (await import('./commands/sweep-show.ts')).sweepShow,
  },
  {
    name: 'sweep results',
    summary: 'Compare what the cells of a sweep, or the jobs of a run, have written as metrics',
    load: async () => (await import('./commands/sweep-results.ts')).sweepResults,
  },
  {
    name: 'sweep cancel',
    summary: 'Cancel a sweep, or some of its cells',
    load: async () => (await import('./commands/sweep-cancel.ts')).sweepCancel,
  },
];
