import type { NamedConnection } from '../app/check-connection.ts';
import { chooseProfile } from '../app/choose-profile.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { namedWords } from './named-words.ts';

type Context = Pick<CommandContext, 'app'>;

/** The profile that a command is about: by its place or by its option, else the one in use. Throws a UsageError where there is none. */
export function chosenProfile(input: ParsedInput, { app }: Context): string {
  const { profile } = namedWords(['profile'], input);
  // What the option says is what is in use.
  return chooseProfile(app, input.options['profile'] === undefined ? profile : undefined);
}

/** Of that profile. */
export function chosenConnection(input: ParsedInput, context: Context): NamedConnection {
  const profile = chosenProfile(input, context);
  return { profile, ...context.app.connection(profile) };
}
