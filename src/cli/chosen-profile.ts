import type { Config } from '../core/config/config.ts';
import { UsageError } from '../core/errors.ts';
import { impliedProfile } from '../core/remote/profile.ts';
import type { ParsedInput } from './define-command.ts';
import { namedWords } from './named-words.ts';

/** The profile that was named, or the current one. Throws a UsageError where there is neither. */
export function profileOrImplied(input: ParsedInput, config: Config): string {
  const name = namedWords(['profile'], input).profile ?? impliedProfile(config);
  if (name !== undefined) return name;
  throw new UsageError('no profile was named, and none is current', {
    code: 'usage.missing_argument',
    hint: 'Name one that `srunx ssh list` shows, or choose one with `srunx ssh use`.',
  });
}
