import { sbatchOptionTable } from '../job/sbatch-option-table.ts';
import type { SbatchOption } from '../job/sbatch-options.ts';
import { configKeyOf } from './configured-value.ts';
import { defaultsFor } from './job-defaults.ts';

/** Where the key of a workflow file and the option of sbatch have different names. */
const optionNames: Readonly<Record<string, string>> = { memory_per_node: 'mem', time_limit: 'time' };
const keyNames = new Map(Object.entries(optionNames).map(([key, option]) => [option, key]));

function keyOf(option: string): string {
  return keyNames.get(option) ?? option.replaceAll('-', '_');
}

/** An option of sbatch, and the key of the configuration that it was made of. */
export interface ConfiguredOption extends SbatchOption {
  readonly key: string;
}

/** Options of sbatch for the defaults that neither an option, nor the script, nor a variable of sbatch answers. */
export function optionsFromDefaults(
  defaults: Readonly<Record<string, unknown>>,
  { said, env }: { readonly said: readonly string[]; readonly env: Readonly<Record<string, string | undefined>> },
): readonly ConfiguredOption[] {
  const byVariable = sbatchOptionTable.flatMap(({ name, env: variable }) =>
    variable !== undefined && env[variable] !== undefined ? [name] : [],
  );
  const open = defaultsFor(defaults, [...said, ...byVariable].map(keyOf));
  return Object.entries(open).map(([key, value]) => ({
    key: configKeyOf('resources', key),
    name: optionNames[key] ?? key.replaceAll('_', '-'),
    value: String(value),
  }));
}

/** Whether the configuration has a say in it: neither an option nor a variable of sbatch answers it, in whatever words. */
export function isOpen(
  key: string,
  words: { readonly said: readonly string[]; readonly env: Readonly<Record<string, string | undefined>> },
): boolean {
  return optionsFromDefaults({ [key]: '' }, words).length > 0;
}
