import { isOpen } from '../core/config/default-options.ts';
import { defaultsFor } from '../core/config/job-defaults.ts';
import type { SbatchOption } from '../core/job/sbatch-options.ts';

export interface SaidOfJob {
  /** As typed, under their long names. */
  readonly options: readonly SbatchOption[];
  /** Keys of `environment` that were typed. */
  readonly environment: readonly string[];
  /** Made here for a command or from a template, and not a script of the user's. */
  readonly isOurs: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether the job would go by a key of the configuration: one that it says itself may be as wrong as it likes. */
export function countsForJob([group = '', name]: readonly string[], said: SaidOfJob): boolean {
  const has = (...names: readonly string[]) => said.options.some((option) => names.includes(option.name));
  const isOpenKey = (key: string) => isOpen(key, { said: said.options.map((option) => option.name), env: said.env });
  switch (group) {
    case 'account':
    case 'qos':
      return isOpenKey(group);
    case 'resources':
      return name === undefined || isOpenKey(name);
    case 'environment':
      if (name === undefined || name === 'env_vars') return true;
      return said.isOurs && name in defaultsFor({ [name]: '' }, said.environment);
    case 'modules':
      return said.isOurs;
    case 'log_dir':
      return said.isOurs && !has('output', 'error');
    case 'work_dir':
      return said.isOurs && !has('chdir');
    default:
      return true;
  }
}
