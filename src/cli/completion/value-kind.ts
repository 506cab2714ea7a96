import type { ArgumentDescription, OptionDescription } from '../describe-command.ts';

/** What may stand as a value, wherever the candidates come from. */
export type ValueKind =
  | 'jobs'
  | 'liveJobs'
  | 'jobNames'
  | 'liveJobNames'
  | 'dependencies'
  | 'runs'
  | 'partitions'
  | 'users'
  | 'accounts'
  | 'qos'
  | 'nodes'
  | 'states'
  | 'nodeStates'
  | 'signals'
  | 'formats'
  | 'columns'
  | 'profiles'
  | 'templates'
  | 'presets'
  | 'configKeys'
  | 'workflowJobs'
  | 'workflowArgs'
  | 'runJobs'
  | 'shells'
  | 'files'
  | 'directories';

/** By the long name of an option, wherever it appears: one name means one thing. */
const byOption: Readonly<Record<string, ValueKind>> = {
  account: 'accounts',
  chdir: 'directories',
  columns: 'columns',
  dependency: 'dependencies',
  error: 'files',
  exclude: 'nodes',
  format: 'formats',
  jobs: 'jobs',
  'log-dir': 'directories',
  node: 'nodes',
  nodelist: 'nodes',
  nodes: 'nodes',
  output: 'files',
  partition: 'partitions',
  'preset-job': 'presets',
  profile: 'profiles',
  qos: 'qos',
  signal: 'signals',
  sort: 'columns',
  state: 'states',
  states: 'states',
  template: 'templates',
  to: 'directories',
  user: 'users',
  venv: 'directories',
  'key-file': 'files',
  local: 'directories',
  'ssh-config': 'files',
  'work-dir': 'directories',
};

const byArgument: Readonly<Record<string, ValueKind>> = {
  file: 'files',
  id: 'jobs',
  ids: 'jobs',
  'job-id': 'jobs',
  'job-ids': 'jobs',
  key: 'configKeys',
  local: 'directories',
  profile: 'profiles',
  before: 'runs',
  after: 'runs',
  run: 'runs',
  script: 'files',
  shell: 'shells',
  sweep: 'runs',
  template: 'templates',
  workflow: 'files',
};

/** Commands that do something to jobs of the queue: those that are over are nothing to them. */
const live = [
  'scancel',
  'hold',
  'release',
  'suspend',
  'resume',
  'update',
  'eta',
  'prio',
  'watch jobs',
  'squeue',
  'top',
];

/** Commands of a run that was handed over: its jobs are those of its plan, and no file is read. */
const ofRuns = ['flow cancel', 'flow logs', 'flow resume', 'flow show'];

export function kindOfOption(command: string, { long }: Pick<OptionDescription, 'long'>): ValueKind | undefined {
  const name = long.replace(/^--/, '');
  if (command.startsWith('flow ')) {
    if (name === 'arg') return 'workflowArgs';
    if (ofRuns.includes(command) && /^(?:job|script|wrapper|submit)$/.test(name)) return 'runJobs';
    if (/^(?:job|from|to|script)$/.test(name)) return 'workflowJobs';
  }
  if (name === 'states' && command === 'sinfo') return 'nodeStates';
  // Of files, not of nodes.
  if (name === 'exclude' && command.startsWith('ssh ')) return undefined;
  if ((name === 'name' || name === 'named') && isFilter(command, name))
    return live.includes(command) ? 'liveJobNames' : 'jobNames';
  if (name === 'jobs' && live.includes(command)) return 'liveJobs';
  // Of a submission they are numbers.
  if (name === 'nodes' && command !== 'sinfo') return undefined;
  return Object.hasOwn(byOption, name) ? byOption[name] : undefined;
}

/** Whether a name says which jobs are meant; elsewhere it is a new one. */
function isFilter(command: string, name: string): boolean {
  return [...live, 'sacct', 'history', 'requeue'].includes(command) && !(command === 'update' && name === 'name');
}

export function kindOfArgument(command: string, { name }: Pick<ArgumentDescription, 'name'>): ValueKind | undefined {
  if (name === 'jobs' && ofRuns.includes(command)) return 'runJobs';
  const kind = Object.hasOwn(byArgument, name) ? byArgument[name] : undefined;
  return kind === 'jobs' && live.includes(command) ? 'liveJobs' : kind;
}
