import { UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { checkFields, optionOf, requireSoundFields } from './check-profile.ts';
import { type ProfileFields, type ProfileKey, profileKeys } from './profile.ts';
import { normalizePath } from './remote-path.ts';

export interface ProfileChange {
  readonly set: ProfileFields;
  readonly unset: readonly ProfileKey[];
}

/** What has no meaning beside a host of ssh's configuration. */
const directKeys = ['hostname', 'username', 'port', 'key_filename', 'proxy_jump'] as const satisfies ProfileKey[];

/**
 * The fields of a profile after a change; `before` is absent for a new one. Throws a UsageError where what was given cannot be
 * used. What was there is not looked at again: of two faults one can be mended.
 */
export function changedFields(before: ProfileFields | undefined, { set, unset }: ProfileChange): ProfileFields {
  const given = profileKeys.filter((key) => set[key] !== undefined);
  const both = given.find((key) => unset.includes(key));
  if (both !== undefined) {
    throw new UsageError(`--${optionOf(both)} is given, and unset too`, {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  const cleared = Object.fromEntries(unset.map((key) => [key, undefined]));
  const after: ProfileFields = { ...before, ...set, ...cleared };
  const touched: readonly string[] = [...given, ...unset, ...(unset.includes('ssh_host') ? ['hostname'] : [])];
  requireSoundFields(checkFields(after).filter(({ key }) => before === undefined || touched.includes(key)));
  refuseMixture(after, given);
  return after.run_dir === undefined ? after : { ...after, run_dir: normalizePath(after.run_dir) };
}

/** Two descriptions of one way: of what older tools have left beside a host nobody hears until it is touched. */
function refuseMixture(after: ProfileFields, given: readonly ProfileKey[]): void {
  if (after.ssh_host === undefined) return;
  // An older tool writes 22 beside every host.
  const direct = directKeys.filter((key) => after[key] !== undefined && !(key === 'port' && after.port === 22));
  const isMeant = given.includes('ssh_host') || direct.some((key) => given.includes(key));
  const [first] = direct;
  if (!isMeant || first === undefined) return;
  const options = direct.map((key) => `--${optionOf(key)}`).join(', ');
  const isNew = direct.every((key) => given.includes(key)) && given.includes('ssh_host');
  const unset = given.includes('ssh_host') ? direct.filter((key) => !given.includes(key)) : (['ssh_host'] as const);
  throw new UsageError(`beside the ssh host ${after.ssh_host} nothing else is said of the way there: ${options}`, {
    code: 'usage.option_conflict',
    hint:
      isNew || unset.length === 0
        ? 'Keep --ssh-host, and write the rest into the configuration of ssh; or leave it out.'
        : `Take the other out: ${unset.map((key) => `--unset ${optionOf(key)}`).join(' ')}.`,
  });
}

/** A field as `--unset` names it, by its option or by its key. Throws a UsageError for one that there is not. */
export function requireField(word: string): ProfileKey {
  const folded = word.replaceAll('-', '_');
  const key = profileKeys.find((known) => known === folded || optionOf(known) === word);
  if (key !== undefined) return key;
  const options = profileKeys.map(optionOf);
  throw new UsageError(`a profile has no field \`${word}\``, {
    code: 'usage.profile_field',
    hint: didYouMean(word, options) ?? `There are: ${options.join(', ')}.`,
  });
}
