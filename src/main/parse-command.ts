import { Command, CommanderError } from 'commander';
import type { CommandDefinition, ParsedInput } from '../cli/define-command.ts';
import { foldHelp } from '../cli/fold-help.ts';
import { groupHelp } from '../cli/root-help.ts';
import { UsageError } from '../core/errors.ts';
import { unknownInGroup } from './unknown-command.ts';

/** What the words of a command line say; `undefined`: the user asked for help and has got it. */
export function parseCommand(
  definition: CommandDefinition,
  words: readonly string[],
  known: { readonly profiles: () => readonly string[] },
): ParsedInput | undefined {
  let parsed: ParsedInput | undefined;
  const command = new Command(`srunx ${definition.name}`)
    .description(definition.summary)
    .helpOption('-h, --help', 'this text')
    .configureOutput({
      writeOut: (text) => process.stdout.write(foldHelp(text, process.stdout.columns)),
      writeErr: () => undefined,
    })
    .exitOverride()
    .action((...values: unknown[]) => {
      parsed = { args: values.slice(0, -2), options: command.opts() };
    });
  definition.configure(command);
  const group = groupHelp(definition.name);
  if (group !== undefined) {
    // `srunx history` is a command, and `history show` is another one.
    const [word = '-'] = words;
    if (command.registeredArguments.length === 0 && !word.startsWith('-'))
      throw unknownInGroup({ first: definition.name, second: word, group });
    command.addHelpText('after', `\n${group.slice(group.indexOf('Commands:')).trimEnd()}`);
  }
  command.addHelpText('after', `\nExamples:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`);
  if (definition.parse !== undefined) {
    const read = definition.parse(words, known);
    if (read === undefined) command.outputHelp();
    return read;
  }
  try {
    const isListing = command.options.some(({ long }) => long === '--no-header');
    command.parse(isListing ? words.flatMap(withoutHeader) : [...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageError(error, definition.name);
  }
  return parsed;
}

/**
 * In `squeue -h -o %i`, as scripts have it, `-h` is Slurm's: no titles. Beside columns nobody asks for the help, and its words
 * would be taken for jobs.
 */
function withoutHeader(word: string, index: number, words: readonly string[]): readonly string[] {
  if (/^-h[oO]/.test(word)) return ['--no-header', `-${word.slice(2)}`];
  const hasColumns = words.some((other, at) => at !== index && /^(?:-[oO]|--columns|--[fF]ormat)/.test(other));
  return word === '-h' && hasColumns ? ['--no-header'] : [word];
}

function usageError(error: CommanderError, name: string): UsageError {
  const [what = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion.join(' ').replace(/^\((.*)\)$/, '$1');
  return new UsageError(what, {
    code: `usage.${error.code.replace(/^commander\./, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
    hint: hint === '' ? `\`srunx ${name} --help\` lists the options.` : hint,
    cause: error,
  });
}
