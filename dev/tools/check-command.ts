import { Command, CommanderError } from 'commander';
import type { CommandDefinition } from '../../src/cli/define-command.ts';
import { findCommand } from '../../src/cli/find-command.ts';
import { SrunxError } from '../../src/core/errors.ts';

/** As much of a command as can be asked without running it. */
export type KnownCommand = Pick<CommandDefinition, 'name' | 'configure' | 'parse'>;

export interface KnownPrograms {
  readonly commands: readonly KnownCommand[];
  /** Names of the scripts in package.json. */
  readonly scripts: ReadonlySet<string>;
}

/** What is wrong with a documented command line, or `undefined`. Only `srunx` and `npm` are known; others pass. */
export function checkCommand(words: readonly string[], known: KnownPrograms): string | undefined {
  const start = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const [program = '', ...args] = words.slice(start);
  if (program === 'srunx' || program.endsWith('/srunx')) return checkSrunx(args, known.commands);
  if (program !== 'npm') return undefined;
  const script = args[0] === 'run' || args[0] === 'test' ? npmScript(args) : undefined;
  return script === undefined || known.scripts.has(script) ? undefined : `package.json has no script \`${script}\``;
}

function npmScript(args: readonly string[]): string | undefined {
  return args[0] === 'test' ? 'test' : args.slice(1).find((word) => !word.startsWith('-'));
}

function checkSrunx(args: readonly string[], commands: readonly KnownCommand[]): string | undefined {
  if (args.length === 0 || ['-h', '--help', '-v', '--version'].includes(args[0] ?? '')) return undefined;
  const definition = findCommand(commands, args);
  if (definition === undefined) return `there is no command \`srunx ${args.join(' ')}\``;
  try {
    parse(definition, args.slice(definition.name.split(' ').length));
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    if (!(error instanceof CommanderError) && !(error instanceof SrunxError)) throw error;
    return `srunx ${definition.name}: ${error.message.replace(/^error: /, '')}`;
  }
}

/** Throws for words that the command would not take. A command that reads its words itself is asked to do so. */
function parse(definition: KnownCommand, words: readonly string[]): void {
  if (definition.parse !== undefined) {
    definition.parse(words, { profiles: () => [] });
    return;
  }
  const command = new Command()
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .action(() => undefined);
  definition.configure(command);
  command.parse([...words], { from: 'user' });
}
