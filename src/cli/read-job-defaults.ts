import type { TargetName } from '../app/app-context.ts';
import { loadConfig, requireSound } from '../app/load-config.ts';
import { type Config, namesBelow } from '../core/config/config.ts';
import { type JobDefaults, jobDefaults, jobKeys } from '../core/config/job-defaults.ts';
import { UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { noteProblems } from './config-report.ts';
import type { CommandContext } from './define-command.ts';

/** What the configuration says for jobs. A value of it that cannot be used stops the submission; others are remarked on. */
export function readJobDefaults({
  target,
  preset,
  counts = () => true,
  context: { app, out },
}: {
  readonly target: TargetName;
  readonly preset?: string | undefined;
  /** Whether the jobs go by a key; of all others what is wrong is only remarked on. */
  readonly counts?: ((path: readonly string[]) => boolean) | undefined;
  readonly context: CommandContext;
}): JobDefaults {
  const config = loadConfig(app, { target, preset });
  const prefixes = [[], ['profiles', target, 'defaults'], ...(preset === undefined ? [] : [['presets', preset]])];
  const places = prefixes.flatMap((prefix) => jobKeys.map((key) => [...prefix, key]));
  const isMeant = (path: readonly string[]) => {
    const within = prefixes.findLast((prefix) => prefix.every((name, index) => path[index] === name)) ?? [];
    return path.length <= within.length || counts(path.slice(within.length));
  };
  requireSound(config, places, isMeant);
  if (preset !== undefined) requirePreset(config, preset);
  noteProblems(config, out);
  return jobDefaults(config, { hasSlurm: target !== 'embedded' });
}

function requirePreset(config: Config, preset: string): void {
  const names = namesBelow(config, 'presets');
  if (names.includes(preset)) return;
  const [file] = config.untrusted;
  const choices = names.length === 0 ? 'Make one with `srunx config set`: see `srunx help sbatch`.' : undefined;
  throw new UsageError(`there is no preset \`${preset}\``, {
    code: 'usage.unknown_preset',
    hint: [
      didYouMean(preset, names) ?? choices ?? `There are: ${names.join(', ')}.`,
      ...(file === undefined ? [] : [`What ${file} says does not count before \`srunx config trust\`.`]),
    ].join(' '),
  });
}
