import type { CommandEntry } from './define-command.ts';
import { flowTable } from './flow-table.ts';
import { sshSessionTable } from './ssh-session-table.ts';
import { sshTable } from './ssh-table.ts';
import { sweepTable } from './sweep-table.ts';

export const commandTable: readonly CommandEntry[] = [
  {
    name: 'sbatch',
    summary: 'Submit a batch script, or a command with --wrap',
    asks: true,
    submits: true,
    load: async () => (await import('./commands/sbatch.ts')).sbatch,
  },
  {
    name: 'squeue',
    summary: 'List the jobs in the queue',
    asks: true,
    load: async () => (await import('./commands/squeue.ts')).squeue,
  },
  {
    name: 'top',
    summary: 'Watch the queue on the whole screen, and act on jobs there',
    asks: true,
    load: async () => (await import('./commands/top.ts')).top,
  },
  {
    name: 'scancel',
    summary: 'Cancel jobs, and say what became of each',
    asks: true,
    load: async () => (await import('./commands/scancel.ts')).scancel,
  },
  {
    name: 'show',
    summary: 'Show all that is known of a job, and why it waits',
    asks: true,
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'eta',
    summary: 'Show when waiting jobs are expected to start, and why they wait',
    asks: true,
    load: async () => (await import('./commands/eta.ts')).eta,
  },
  {
    name: 'prio',
    summary: 'Show what the priorities of waiting jobs are made of',
    asks: true,
    load: async () => (await import('./commands/prio.ts')).prio,
  },
  {
    name: 'hold',
    summary: 'Keep waiting jobs from starting',
    asks: true,
    load: async () => (await import('./commands/hold.ts')).hold,
  },
  {
    name: 'release',
    summary: 'Let held jobs start',
    asks: true,
    load: async () => (await import('./commands/release.ts')).release,
  },
  {
    name: 'requeue',
    summary: 'Put jobs back into the queue: they run once more under the same id',
    asks: true,
    load: async () => (await import('./commands/requeue.ts')).requeue,
  },
  {
    name: 'suspend',
    summary: 'Stop running jobs for a while (for operators of the cluster)',
    asks: true,
    load: async () => (await import('./commands/suspend.ts')).suspend,
  },
  {
    name: 'resume',
    summary: 'Let suspended jobs go on (for operators of the cluster)',
    asks: true,
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'update',
    summary: 'Change jobs that wait or run',
    asks: true,
    load: async () => (await import('./commands/update.ts')).update,
  },
  {
    name: 'sacct',
    summary: 'List jobs of the past from the accounting, and how well they used what they had',
    asks: true,
    load: async () => (await import('./commands/sacct.ts')).sacct,
  },
  {
    name: 'tail',
    summary: "Show the end of jobs' logs, or follow them",
    asks: true,
    load: async () => (await import('./commands/tail.ts')).tail,
  },
  {
    name: 'watch jobs',
    summary: 'Report every change of some jobs until all have ended',
    asks: true,
    load: async () => (await import('./commands/watch-jobs.ts')).watchJobs,
  },
  {
    name: 'watch resources',
    summary: 'Wait until GPUs, CPUs, memory or nodes are free',
    asks: true,
    load: async () => (await import('./commands/watch-resources.ts')).watchResources,
  },
  {
    name: 'watch cluster',
    summary: 'Report on jobs and GPUs of the cluster, once or again and again',
    asks: true,
    load: async () => (await import('./commands/watch-cluster.ts')).watchCluster,
  },
  {
    name: 'sinfo',
    summary: 'Show partitions and nodes, and what of them is in use',
    asks: true,
    load: async () => (await import('./commands/sinfo.ts')).sinfo,
  },
  {
    name: 'gpus',
    summary: 'Show which GPUs there are, which are free and which are waited for',
    asks: true,
    load: async () => (await import('./commands/gpus.ts')).gpus,
  },
  {
    name: 'limits',
    summary: 'Show what partitions, accounts and QOS allow',
    asks: true,
    load: async () => (await import('./commands/limits.ts')).limits,
  },
  {
    name: 'doctor',
    summary: 'Check this machine, the cluster and, with a test job, its nodes',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  ...flowTable,
  ...sweepTable,
  {
    name: 'init',
    summary: 'Set up srunx for this machine: a few questions, and the answers are kept',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'config show',
    summary: 'Show the configuration as it holds here',
    load: async () => (await import('./commands/config-show.ts')).configShow,
  },
  {
    name: 'config get',
    summary: 'Print the value of one key of the configuration',
    load: async () => (await import('./commands/config-get.ts')).configGet,
  },
  {
    name: 'config set',
    summary: 'Set one key of the configuration',
    load: async () => (await import('./commands/config-set.ts')).configSet,
  },
  {
    name: 'config unset',
    summary: 'Take one key out of the configuration',
    load: async () => (await import('./commands/config-unset.ts')).configUnset,
  },
  {
    name: 'config edit',
    summary: 'Open the configuration in $VISUAL or $EDITOR, and check it before it counts',
    load: async () => (await import('./commands/config-edit.ts')).configEdit,
  },
  {
    name: 'config validate',
    summary: 'List all that is wrong with the configuration',
    load: async () => (await import('./commands/config-validate.ts')).configValidate,
  },
  {
    name: 'config paths',
    summary: 'List the files of the configuration, the strongest last',
    load: async () => (await import('./commands/config-paths.ts')).configPaths,
  },
  {
    name: 'config init',
    summary: 'Write a configuration file that names every key and sets none',
    load: async () => (await import('./commands/config-init.ts')).configInit,
  },
  {
    name: 'config trust',
    summary: "Let this project's srunx.json set environments, containers and sync switches",
    load: async () => (await import('./commands/config-trust.ts')).configTrust,
  },
  ...sshTable,
  {
    name: 'template list',
    summary: 'List the templates of batch scripts, built in and your own',
    load: async () => (await import('./commands/template-list.ts')).templateList,
  },
  {
    name: 'template show',
    summary: 'Print a template as it is',
    load: async () => (await import('./commands/template-show.ts')).templateShow,
  },
  {
    name: 'template render',
    summary: 'Print the batch script that a template makes, and submit nothing',
    load: async () => (await import('./commands/template-render.ts')).templateRender,
  },
  {
    name: 'template add',
    summary: 'Keep a batch script with blanks as a template',
    load: async () => (await import('./commands/template-add.ts')).templateAdd,
  },
  {
    name: 'template remove',
    summary: 'Remove a template of your own',
    load: async () => (await import('./commands/template-remove.ts')).templateRemove,
  },
  {
    name: 'completion',
    summary: 'Print the script that completes srunx commands in your shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    name: '__complete',
    summary: 'Answer the completion script of a shell',
    hidden: true,
    load: async () => (await import('./commands/complete.ts')).complete,
  },
  {
    name: 'history',
    summary: 'List the jobs that srunx has submitted',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'history show',
    summary: 'Show all that is known of a job or run',
    load: async () => (await import('./commands/history-show.ts')).historyShow,
  },
  {
    name: 'history resubmit',
    summary: 'Submit a recorded job once more, as a new job',
    submits: true,
    load: async () => (await import('./commands/history-resubmit.ts')).historyResubmit,
  },
  {
    name: 'history note',
    summary: 'Write a note to a job, or to all jobs of a run',
    load: async () => (await import('./commands/history-note.ts')).historyNote,
  },
  {
    name: 'history tag',
    summary: 'Give tags to a job, or to all jobs of a run',
    load: async () => (await import('./commands/history-tag.ts')).historyTag,
  },
  {
    name: 'history prune',
    summary: 'Forget jobs that ended long ago, with their plan directories',
    load: async () => (await import('./commands/history-prune.ts')).historyPrune,
  },
  {
    name: 'get',
    summary: 'Bring logs and results of a job or run here',
    load: async () => (await import('./commands/get.ts')).get,
  },
  {
    name: 'prune',
    summary: 'Remove plan directories and copies of code of runs that have ended',
    load: async () => (await import('./commands/prune.ts')).prune,
  },
  ...sshSessionTable,
];

/** What people are shown. */
export const visibleCommands: readonly CommandEntry[] = commandTable.filter(({ hidden }) => hidden !== true);
