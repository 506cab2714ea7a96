import type { Command } from 'commander';
import { chooseTarget, type Target, type TargetName } from '../app/app-context.ts';
import { UsageError } from '../core/errors.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';

/** Options that every command with a cluster has. */
export function addTargetOptions(command: Command): Command {
  return command
    .option('--local', "use this machine's Slurm")
    .option('--embedded', 'use this machine without Slurm')
    .option('-q, --quiet', 'no remarks on standard error');
}

export function addJsonOption(command: Command): Command {
  return addQueryOption(command.option('--json', 'print JSON'));
}

export const queryHelp = 'print what this JMESPath expression makes of the JSON';

export function addQueryOption(command: Command): Command {
  return command.option('--query <expression>', queryHelp);
}

/** The target the user named or the surroundings suggest; says so where it was not the user's choice. */
export function targetOf(options: ParsedInput['options'], { app, out }: CommandContext): TargetName {
  const target = chosenTarget(options, app);
  if (target.notice !== undefined) out.note(`srunx: ${target.notice}`);
  return target.name;
}

/** For a command that sends nothing there, and has nothing to say about the choice. */
export function silentTargetOf(options: ParsedInput['options'], { app }: Pick<CommandContext, 'app'>): TargetName {
  return chosenTarget(options, app).name;
}

function chosenTarget(options: ParsedInput['options'], app: CommandContext['app']): Target {
  const choice = { embedded: options['embedded'] === true, local: options['local'] === true };
  if (choice.embedded && choice.local) {
    throw new UsageError('--local and --embedded cannot be used together', {
      code: 'usage.target',
      hint: 'Keep the one you mean.',
    });
  }
  return chooseTarget(app, choice);
}

/** A list option: repeated, or separated by commas, or both. */
export function listOf(value: unknown): string[] {
  const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return values.flatMap((item) => String(item).split(',')).filter((item) => item !== '');
}

/** For commander: collects the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** A number of seconds greater than zero. */
export function positiveNumber(options: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new UsageError(`--${name} must be a number greater than zero, not \`${String(value)}\``, {
    code: 'usage.option_value',
    hint: `Write for example --${name} 5.`,
  });
}

/** A whole number of at least one, by the option's name in the code. */
export function countOption(options: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} must be a whole number of at least 1, not \`${String(value)}\``, {
    code: 'usage.option_value',
    hint: `Write for example --${flag} 5.`,
  });
}
