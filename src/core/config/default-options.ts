import { sbatchOptionTable } from '../job/sbatch-option-table.ts';
import type { SbatchOption } from '../job/sbatch-options.ts';
import { defaultsFor } from './job-defaults.ts';

/** Where the key of a workflow file and the option of sbatch have different names. */
const optionNames: Readonly<Record<string, string>> = { memory_per_node: 'mem', time_limit: 'time' };
const keyNames = new Map(Object.entries(optionNames).map(([key, option]) => [option, key]));

function keyOf(option: string): string {
  return keyNames.get(option) ?? option.replaceAll('-', '_');
}

/** Options of sbatch for the defaults that neither an option, nor the script, nor a variable of sbatch answers. */
export function optionsFromDefaults(
  defaults: Readonly<Record<string, unknown>>,
  { said, env }: { readonly said: readonly string[]; readonly env: Readonly<Record<string, string | undefined>> },
): readonly SbatchOption[] {
  const byVariable = sbatchOptionTable.flatMap(({ name, env: variable }) =>
    variable !== undefined && env[variable] !== undefined ? [name] : [],
  );
  const open = defaultsFor(defaults, [...said, ...byVariable].map(keyOf));
  return Object.entries(open).map(([key, value]) => ({
    name: optionNames[key] ?? key.replaceAll('_', '-'),
    value: String(value),
  }));
}
