import type { ConfiguredValue } from '../core/config/configured-value.ts';
import { optionsFromDefaults } from '../core/config/default-options.ts';
import type { JobDefaults } from '../core/config/job-defaults.ts';
import type { SbatchOption } from '../core/job/sbatch-options.ts';
import { keysConfigured, mergeEnvironment, readEnvironment } from './sbatch-environment.ts';
import type { SbatchWords } from './sbatch-words.ts';

export interface TypedJob {
  readonly own: SbatchWords['own'];
  /** Options of sbatch. */
  readonly options: readonly SbatchOption[];
  /** Of `--env`. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * What of a preset has no effect on a job, although nothing that was typed takes its place: the script says it, or has no place
 * for it. Whoever names a preset wants to know that; of other configured values nobody would.
 */
export function idlePreset(
  defaults: JobDefaults,
  { typed, configured }: { readonly typed: TypedJob; readonly configured: readonly ConfiguredValue[] },
): readonly ConfiguredValue[] {
  const used = new Set(configured.map(({ key }) => key));
  const preset = defaults.values.filter(({ key, origin }) => origin.within?.[0] === 'presets' && !used.has(key));
  if (preset.length === 0) return [];
  const open = openKeys(defaults, typed);
  return preset.filter(({ key }) => open.some((name) => key === name || key.startsWith(`${name}.`)));
}

/** Keys that nothing typed answers. */
function openKeys(defaults: JobDefaults, { own, options, variables }: TypedJob): readonly string[] {
  const said = options.map(({ name }) => name);
  const environment = readEnvironment(own);
  const noContainer = own['no-container'] === true;
  return [
    ...optionsFromDefaults(defaults.resources, { said, env: {} }).map(({ key }) => key),
    ...keysConfigured(mergeEnvironment(defaults.environment, environment, { noContainer }), environment),
    ...Object.keys(defaults.variables).flatMap((name) =>
      variables[name] === undefined ? [`environment.env_vars.${name}`] : [],
    ),
    ...(said.includes('output') || said.includes('error') ? [] : ['log_dir']),
    ...(said.includes('chdir') ? [] : ['work_dir']),
  ];
}
