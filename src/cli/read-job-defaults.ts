import type { TargetName } from '../app/app-context.ts';
import { loadConfig, requireSound } from '../app/load-config.ts';
import { type JobDefaults, jobDefaults, jobKeys } from '../core/config/job-defaults.ts';
import { noteProblems } from './config-report.ts';
import type { CommandContext } from './define-command.ts';

/** What the configuration says for jobs. A value of it that cannot be used stops the submission; others are remarked on. */
export function readJobDefaults({
  target,
  context: { app, out },
}: {
  readonly target: TargetName;
  readonly context: CommandContext;
}): JobDefaults {
  const config = loadConfig(app, { target });
  requireSound(config, ...jobKeys.map((key) => [key]), ['profiles', target, 'defaults']);
  noteProblems(config, out);
  return jobDefaults(config, { hasSlurm: target !== 'embedded' });
}
