import type { AppContext } from '../app/app-context.ts';
import { loadConfig, requireSound } from '../app/load-config.ts';
import type { ConfiguredValue } from '../core/config/configured-value.ts';

const key = 'sweep.max_parallel';

/** `max_parallel` of sweeps that do not say it. */
export function configuredParallel(app: Pick<AppContext, 'env' | 'cwd' | 'configDir'>): ConfiguredValue | undefined {
  const config = loadConfig(app);
  requireSound(config, [key.split('.')]);
  const entry = config.entries.get(key);
  if (entry === undefined || entry.value === null) return undefined;
  const { leaf, value, origin } = entry;
  return { key, leaf, value, origin };
}
