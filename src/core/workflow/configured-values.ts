import { type ConfiguredValue, configKeyOf } from '../config/configured-value.ts';
import { defaultsFor, type JobDefaults } from '../config/job-defaults.ts';
import { childNode, type FileMap } from './file-tree.ts';
import { flatKeys } from './job-schema.ts';
import type { ReadJob } from './read-jobs.ts';

/** What was configured and counts for at least one of these jobs, because the file does not say it. */
export function configuredValues(jobs: readonly ReadJob[], defaults: JobDefaults | undefined): ConfiguredValue[] {
  if (defaults === undefined) return [];
  const used = new Set(jobs.flatMap((job) => keysUsed(job, defaults)));
  return defaults.values.filter(({ key }) => used.has(key) || [...used].some((name) => key.startsWith(`${name}.`)));
}

function keysUsed({ node, job }: ReadJob, defaults: JobDefaults): string[] {
  const { resources, environment, variables, logDir, workDir } = defaults;
  const asked = Object.keys(defaultsFor(resources, keysOf(node, 'resources')));
  const keys = asked.map((key) => configKeyOf('resources', key));
  const own = childNode(node, 'env_vars') ?? childNode(childNode(node, 'environment'), 'env_vars');
  for (const name of Object.keys(variables)) {
    if (childNode(own, name) === undefined) keys.push(`environment.env_vars.${name}`);
  }
  if (job.command === undefined) return keys;
  const active = Object.keys(defaultsFor(environment, keysOf(node, 'environment')));
  keys.push(...active.map((key) => configKeyOf('environment', key)));
  if (logDir !== undefined && !node.entries.has('log_dir')) keys.push('log_dir');
  if (workDir !== undefined && !node.entries.has('work_dir')) keys.push('work_dir');
  return keys;
}

/** Of one group, whether they stand below it or flat in the job. */
function keysOf(node: FileMap, group: 'resources' | 'environment'): readonly string[] {
  const nested = childNode(node, group);
  const flat = [...node.entries.keys()].filter((key) => flatKeys.get(key) === group);
  return nested?.kind === 'map' ? [...flat, ...nested.entries.keys()] : flat;
}
