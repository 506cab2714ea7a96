import type { CommandEntry } from './define-command.ts';

/** The commands of workflows. */
export const flowTable: readonly CommandEntry[] = [
  {
    name: 'flow run',
    summary: 'Run a workflow: submit all its jobs at once, then follow them',
    asks: true,
    submits: true,
    load: async () => (await import('./commands/flow-run.ts')).flowRun,
  },
  {
    name: 'flow rerun',
    summary: 'Run the jobs of a run once more, as a new run from its stored plan',
    submits: true,
    load: async () => (await import('./commands/flow-rerun.ts')).flowRerun,
  },
  {
    name: 'flow retry',
    summary: 'Run again, as a new run, what failed in a run and what comes after it',
    submits: true,
    load: async () => (await import('./commands/flow-retry.ts')).flowRetry,
  },
  {
    name: 'flow diff',
    summary: 'Show what differs between two runs: the workflow, the code, each job, and how they ended',
    load: async () => (await import('./commands/flow-diff.ts')).flowDiff,
  },
  {
    name: 'flow validate',
    summary: 'Check a workflow file and submit nothing',
    load: async () => (await import('./commands/flow-validate.ts')).flowValidate,
  },
  {
    name: 'flow plan',
    summary: 'Show what a workflow would submit, and what it would use, without submitting it',
    load: async () => (await import('./commands/flow-plan.ts')).flowPlan,
  },
  {
    name: 'flow graph',
    summary: 'Draw what waits for what, in a workflow file or in a run',
    load: async () => (await import('./commands/flow-graph.ts')).flowGraph,
  },
  {
    name: 'flow import',
    summary: 'Make a workflow of batch scripts, or of a shell script that submits several',
    load: async () => (await import('./commands/flow-import.ts')).flowImport,
  },
  {
    name: 'flow status',
    summary: 'Show how a run stands, and what went wrong',
    load: async () => (await import('./commands/flow-status.ts')).flowStatus,
  },
  {
    name: 'flow attach',
    summary: 'Follow a run that was handed over before, from anywhere',
    load: async () => (await import('./commands/flow-attach.ts')).flowAttach,
  },
  {
    name: 'flow resume',
    summary: 'Go on with a run whose hand-over stands still, and follow it',
    load: async () => (await import('./commands/flow-resume.ts')).flowResume,
  },
  {
    name: 'flow show',
    summary: 'Show a run as it was planned and handed over',
    load: async () => (await import('./commands/flow-show.ts')).flowShow,
  },
  {
    name: 'flow logs',
    summary: 'Show the logs of a run, over all attempts',
    load: async () => (await import('./commands/flow-logs.ts')).flowLogs,
  },
  {
    name: 'flow cancel',
    summary: 'Cancel a run, or some of its jobs',
    load: async () => (await import('./commands/flow-cancel.ts')).flowCancel,
  },
  {
    name: 'flow list',
    summary: 'List the runs',
    load: async () => (await import('./commands/flow-list.ts')).flowList,
  },
];
