import type { Config } from '../core/config/config.ts';
import { UsageError } from '../core/errors.ts';
import { noSuchProfile } from '../core/remote/check-profile.ts';
import { impliedProfile, profileNames } from '../core/remote/profile.ts';
import type { AppContext, Target } from './app-context.ts';

/** What the user named; nothing means: the current profile, or Slurm where there is one. */
export interface TargetChoice {
  readonly embedded?: boolean | undefined;
  readonly local?: boolean | undefined;
  /** One name; of several, with commas between, none is chosen. */
  readonly profile?: string | undefined;
}

interface Surroundings extends Pick<AppContext, 'env' | 'hasSlurm'> {
  /** Read where it has to be. */
  readonly config: () => Config;
}

/** The target that the user named or the surroundings suggest. */
export function chooseTarget(surroundings: Surroundings, choice: TargetChoice): Target {
  const { env, hasSlurm, config } = surroundings;
  const known = () => profileNames(config());
  const named = flagsOf(choice);
  const [flag, other] = named;
  if (flag !== undefined && other !== undefined) {
    throw new UsageError(`${flag} and ${other} cannot be used together`, {
      code: 'usage.target',
      hint: 'Keep the one you mean.',
    });
  }
  if (flag === '--embedded') return { name: 'embedded', via: flag };
  if (flag === '--local') return { name: 'local', via: flag, ...overruled(surroundings) };
  if (flag === '--profile') return { name: requireProfile(known(), choice.profile ?? '', flag), via: flag };
  const ofVariable = env['SRUNX_SSH_PROFILE']?.trim() ?? '';
  if (ofVariable !== '') {
    const via = '$SRUNX_SSH_PROFILE';
    return { name: requireProfile(known(), ofVariable, via), via };
  }
  const current = impliedProfile(config());
  if (current !== undefined) {
    const via = 'current profile';
    return { name: requireProfile(known(), current, via), via };
  }
  if (hasSlurm()) return { name: 'local' };
  return { name: 'embedded', notice: `${noSlurm}${otherClusters(config())}` };
}

const noSlurm = 'no sbatch on PATH: running on this machine with the embedded runner';

/** Who has profiles may have meant one of them. */
function otherClusters(config: Config): string {
  const names = profileNames(config);
  return names.length === 0 ? '' : ` (--profile names a cluster: ${names.join(', ')})`;
}

/** Who names no profile where there is none to be used has nothing to hear. */
function overruled({ env, config }: Surroundings): Pick<Target, 'notice'> {
  const isOther = (env['SRUNX_SSH_PROFILE']?.trim() ?? '') !== '' || impliedProfile(config()) !== undefined;
  return isOther ? { notice: 'on the Slurm of this machine (via --local)' } : {};
}

function flagsOf({ embedded, local, profile }: TargetChoice): ('--profile' | '--local' | '--embedded')[] {
  return [
    ...(profile === undefined ? [] : (['--profile'] as const)),
    ...(local === true ? (['--local'] as const) : []),
    ...(embedded === true ? (['--embedded'] as const) : []),
  ];
}

/** Throws where there is none of that name, or where one is to be named and several are. */
export function requireProfile(known: readonly string[], word: string, via: NonNullable<Target['via']>): string {
  const name = word.trim();
  if (name === '') {
    throw new UsageError(`${via} is empty`, {
      code: 'usage.target',
      hint: 'Name a profile; `srunx ssh list` shows them.',
    });
  }
  if (known.includes(name)) return name;
  if (via === '--profile' && isSlurms(name)) throw meantForSlurm(name);
  if (via === '--profile' && name.includes(',')) throw severalNamed(name);
  throw noSuchProfile(name, known);
}

/** What Slurm's own option of that name takes. */
const gathered = ['all', 'none', 'energy', 'task', 'lustre', 'network'];

function isSlurms(text: string): boolean {
  return text.split(',').every((word) => gathered.includes(word.toLowerCase()));
}

function severalNamed(names: string): UsageError {
  return new UsageError(`this command is for one profile, and --profile names several: ${names}`, {
    code: 'usage.target',
    hint: 'Name one. Lists such as `srunx squeue`, `sinfo`, `gpus`, `history` and `flow list` take several.',
  });
}

function meantForSlurm(name: string): UsageError {
  return new UsageError(`there is no profile ${name}`, {
    code: 'usage.profile',
    hint: "Use --slurm-profile for sbatch's own --profile.",
  });
}
