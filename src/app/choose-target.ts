import { type Config, valuesBelow } from '../core/config/config.ts';
import { NotFoundError, UsageError } from '../core/errors.ts';
import { profileNames } from '../core/remote/profile.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext, Target } from './app-context.ts';

/** What the user named; nothing means: the current profile, or Slurm where there is one. */
export interface TargetChoice {
  readonly embedded?: boolean | undefined;
  readonly local?: boolean | undefined;
  readonly profile?: string | undefined;
}

interface Surroundings extends Pick<AppContext, 'env' | 'hasSlurm'> {
  /** Read where it has to be. */
  readonly config: () => Config;
}

/** The target that the user named or the surroundings suggest. */
export function chooseTarget(surroundings: Surroundings, choice: TargetChoice): Target {
  const { env, hasSlurm, config } = surroundings;
  const named = flagsOf(choice);
  const [flag, other] = named;
  if (flag !== undefined && other !== undefined) {
    throw new UsageError(`${flag} and ${other} cannot be used together`, {
      code: 'usage.target',
      hint: 'Keep the one you mean.',
    });
  }
  if (flag === '--embedded') return { name: 'embedded', via: flag };
  if (flag === '--local') return { name: 'local', via: flag };
  if (flag === '--profile') return { name: requireProfile(config(), choice.profile ?? '', flag), via: flag };
  const ofVariable = env['SRUNX_SSH_PROFILE']?.trim() ?? '';
  if (ofVariable !== '') {
    const via = '$SRUNX_SSH_PROFILE';
    return { name: requireProfile(config(), ofVariable, via), via };
  }
  const current = currentProfile(config());
  if (current !== undefined) {
    const via = 'current profile';
    return { name: requireProfile(config(), current, via), via };
  }
  if (hasSlurm()) return { name: 'local' };
  return { name: 'embedded', notice: 'no sbatch on PATH: running on this machine with the embedded runner' };
}

function flagsOf({ embedded, local, profile }: TargetChoice): ('--profile' | '--local' | '--embedded')[] {
  return [
    ...(profile === undefined ? [] : (['--profile'] as const)),
    ...(local === true ? (['--local'] as const) : []),
    ...(embedded === true ? (['--embedded'] as const) : []),
  ];
}

/** The profile that is in use where nobody names one. */
export function currentProfile(config: Config): string | undefined {
  const { use_current_profile: isUsed = true } = valuesBelow(config, 'cli');
  const { current_profile: name } = valuesBelow(config);
  return isUsed === true && typeof name === 'string' && name.trim() !== '' ? name.trim() : undefined;
}

function requireProfile(config: Config, word: string, via: NonNullable<Target['via']>): string {
  const name = word.trim();
  if (name === '') {
    throw new UsageError(`${via} is empty`, {
      code: 'usage.target',
      hint: 'Name a profile; `srunx ssh list` shows them.',
    });
  }
  const known = profileNames(config);
  if (known.includes(name)) return name;
  throw new NotFoundError(`there is no profile ${name} (${via})`, {
    code: 'profile.not_found',
    hint: hintFor(name) ?? didYouMean(name, known) ?? '`srunx ssh list` shows the profiles, `srunx ssh add` makes one.',
  });
}

/** What Slurm's own option of that name takes. */
const gathered = ['all', 'none', 'energy', 'task', 'lustre', 'network'];

function hintFor(name: string): string | undefined {
  const isSlurms = name.split(',').every((word) => gathered.includes(word.toLowerCase()));
  return isSlurms ? "Use --slurm-profile for sbatch's own --profile." : undefined;
}
