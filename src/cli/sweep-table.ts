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
  {
    name: 'sweep pause',
    summary: 'Keep what waits of a sweep from starting; what runs goes on',
    load: async () => (await import('./commands/sweep-pause.ts')).sweepPause,
  },
  {
    name: 'sweep resume',
    summary: 'Let a sweep go on that was paused',
    load: async () => (await import('./commands/sweep-resume.ts')).sweepResume,
  },
  {
    name: 'sweep logs',
    summary: 'Show the logs of cells of a sweep, over all attempts',
    load: async () => (await import('./commands/sweep-logs.ts')).sweepLogs,
  },
  {
    name: 'sweep attach',
    summary: 'Follow a sweep that was handed over before, from anywhere',
    load: async () => (await import('./commands/sweep-attach.ts')).sweepAttach,
  },
  {
    name: 'sweep set',
    summary: 'Change how many tasks of a sweep run at once',
    load: async () => (await import('./commands/sweep-set.ts')).sweepSet,
  },
  {
    name: 'sweep extend',
    summary: 'Add values to a sweep, whether it runs or has ended',
    load: async () => (await import('./commands/sweep-extend.ts')).sweepExtend,
  },
  {
    name: 'sweep retry',
    summary: 'Run again what failed in cells of a sweep, and what comes after it',
    load: async () => (await import('./commands/sweep-retry.ts')).sweepRetry,
  },
  {
    name: 'sweep diff',
    summary: 'Show what differs between two sweeps, or between two cells of one',
    load: async () => (await import('./commands/sweep-diff.ts')).sweepDiff,
  },
];
