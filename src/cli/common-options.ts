import type { Command } from 'commander';
import type { Target, TargetName } from '../app/app-context.ts';
import { isRemote } from '../app/target-name.ts';
import { UsageError } from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';

/** Options that every command with a cluster has. */
export function addTargetOptions(command: Command): Command {
  return command
    .option('--local', "use this machine's Slurm")
    .option('--embedded', 'use this machine without Slurm')
    .option('--profile <name>', 'use this account, over ssh', collect)
    .option('-q, --quiet', 'no remarks on standard error');
}

/** For commands about runs, which know where each is: it says where those are looked for that nobody here has seen. */
export function addProfileOption(command: Command): Command {
  return command.option('--profile <name>', 'look for runs with this account, too, over ssh', collect);
}

export function addJsonOption(command: Command): Command {
  return addQueryOption(command.option('--json', 'print JSON'));
}

export const queryHelp = 'print what this JMESPath expression makes of the JSON';

export function addQueryOption(command: Command): Command {
  return command.option('--query <expression>', queryHelp);
}

/** The target the user named or the surroundings suggest; says which where that is not plain. */
export function targetOf({ app, out }: CommandContext): TargetName {
  const target = app.selection();
  const banner = bannerOf(target, app);
  if (banner !== undefined) out.note(`srunx: ${banner}`);
  return target.name;
}

/** For a command that sends nothing there, and has nothing to say about the choice. */
export function silentTargetOf({ app }: Pick<CommandContext, 'app'>): TargetName {
  return app.selection().name;
}

function bannerOf({ name, via, notice }: Target, app: CommandContext['app']): string | undefined {
  if (notice !== undefined || via === undefined) return notice;
  if (!isRemote(name)) return undefined;
  return `on ${app.describeTarget(name)} (profile: ${name}, via ${via})`;
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
