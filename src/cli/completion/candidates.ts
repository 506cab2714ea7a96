import { listTemplates } from '../../app/find-template.ts';
import { loadConfig } from '../../app/load-config.ts';
import { type NameCache, type NamedJob, readNames } from '../../app/name-cache.ts';
import { runJobNames } from '../../app/run-job-names.ts';
import { workflowNames } from '../../app/workflow-names.ts';
import { namesBelow } from '../../core/config/config.ts';
import { configKeys, formatKey } from '../../core/config/config-schema.ts';
import { dependencyTypes } from '../../core/slurm/dependency.ts';
import { jobStatuses, stateNames } from '../../core/slurm/job-state.ts';
import { nodeStateWords } from '../../core/slurm/node-state.ts';
import type { CommandContext } from '../define-command.ts';
import type { ColumnName } from '../describe-command.ts';
import { listingFormats } from '../listing-choice.ts';
import type { Candidate, ValueCompletion } from './complete-line.ts';
import { shells } from './shell-script.ts';
import type { ValueKind } from './value-kind.ts';

const signals = ['INT', 'TERM', 'USR1', 'USR2', 'HUP', 'CONT', 'STOP', 'KILL'];

/** Values that begin so. Files are the shell's own affair: for them there is nothing here. */
export async function candidatesOf(
  { of, prefix, words, columns }: ValueCompletion,
  { app }: Pick<CommandContext, 'app'>,
): Promise<readonly Candidate[]> {
  // Only the last of several values is being written: separated by commas, and in a dependency by colons too.
  const done = /^.*[,:?]/s.exec(of === 'dependencies' ? prefix : prefix.replaceAll(/[:?]/g, '_'))?.[0].length ?? 0;
  // Before a column stands which way to sort.
  const sign = of === 'columns' && /[-+]/.test(prefix.charAt(done)) ? 1 : 0;
  const before = prefix.slice(0, done + sign);
  const all = await valuesOf(of, { names: namesAt(words, app), words, done: before, columns, app });
  return all
    .filter(({ text }) => text.startsWith(prefix.slice(before.length)))
    .map((candidate) => ({ ...candidate, text: before + candidate.text }));
}

/** What is known, of jobs only those of the targets that the line is about: ids of another would be other jobs there. */
function namesAt(words: readonly string[], app: CommandContext['app']): NameCache {
  const names = readNames(app);
  if (words.includes('--all-profiles')) return names;
  const meant = targetsNamed(words) ?? [app.selection().name];
  return { ...names, jobs: names.jobs.filter(({ target }) => target === undefined || meant.includes(target)) };
}

/** The words are those of a line that is being written, not ours. */
function targetsNamed(words: readonly string[]): readonly string[] | undefined {
  if (words.includes('--embedded')) return ['embedded'];
  if (words.includes('--local')) return ['local'];
  const named = words.flatMap((word, at) =>
    word === '--profile' ? (words[at + 1] ?? '') : word.startsWith('--profile=') ? word.slice('--profile='.length) : [],
  );
  return named.length === 0 ? undefined : named.flatMap((names) => names.split(','));
}

interface Sources {
  readonly names: NameCache;
  readonly words: readonly string[];
  /** What stands before the value that is being written. */
  readonly done: string;
  readonly columns: readonly ColumnName[];
  readonly app: CommandContext['app'];
}

async function valuesOf(kind: ValueKind, { names, words, done, columns, app }: Sources): Promise<readonly Candidate[]> {
  switch (kind) {
    case 'jobs':
    case 'liveJobs':
      return names.jobs.filter((job) => kind === 'jobs' || isLive(job)).map(jobCandidate);
    case 'jobNames':
      return jobNames(names.jobs);
    case 'liveJobNames':
      return jobNames(names.jobs.filter(isLive));
    case 'dependencies':
      if (!/:$/.test(done)) return [...dependencyTypes.map((type) => `${type}:`), 'singleton'].map(asCandidate);
      return names.jobs.filter((job) => isLive(job) && !job.id.includes('[')).map(jobCandidate);
    case 'runs':
      return names.runs.map(({ id, name }) => ({ text: id, description: name }));
    case 'partitions':
    case 'users':
    case 'accounts':
    case 'qos':
    case 'nodes':
      return names[kind].map(asCandidate);
    case 'states':
      return [...new Set([...jobStatuses, ...stateNames, 'all'])].map(asCandidate);
    case 'nodeStates':
      return nodeStateWords.map(asCandidate);
    case 'signals':
      return signals.map(asCandidate);
    case 'formats':
      return listingFormats.map(asCandidate);
    case 'columns':
      return columns.map(({ key, title }) => ({ text: key, description: title }));
    case 'shells':
      return shells.map(asCandidate);
    case 'workflowJobs':
      return (await workflowNames(app, words)).jobs.map(asCandidate);
    case 'workflowArgs':
      return (await workflowNames(app, words)).args.map((name) => asCandidate(`${name}=`));
    case 'runJobs':
      return runJobNames(app, words).map(asCandidate);
    case 'profiles':
      return namesBelow(loadConfig(app), 'profiles').map(asCandidate);
    case 'presets':
      return namesBelow(loadConfig(app), 'presets').map(asCandidate);
    case 'configKeys':
      return configKeys()
        .filter(({ path }) => !path.includes('*'))
        .map(({ path, leaf }) => ({ text: formatKey(path), description: leaf.description }));
    case 'templates':
      return listTemplates(app).map(({ name, description }) => ({ text: name, description }));
    case 'files':
    case 'directories':
      return [];
  }
}

function isLive({ state }: NamedJob): boolean {
  return state !== '';
}

/** Those that need no quotes. */
function jobNames(jobs: readonly NamedJob[]): readonly Candidate[] {
  return [...new Set(jobs.map(({ name }) => name))].filter((name) => /^[\w.@%+-]+$/.test(name)).map(asCandidate);
}

function jobCandidate({ id, name, state }: NamedJob): Candidate {
  const short = shorten(name);
  return { text: id, description: state === '' ? short : `${short} (${state})` };
}

/** Names may have hundreds of characters, and stand one below the other. */
function shorten(name: string): string {
  const characters = [...name];
  return characters.length > 40 ? `${characters.slice(0, 37).join('')}...` : name;
}

function asCandidate(text: string): Candidate {
  return { text };
}
