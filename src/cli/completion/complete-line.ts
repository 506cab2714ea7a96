import type { ColumnName, CommandDescription, OptionDescription } from '../describe-command.ts';
import { findCommand } from '../find-command.ts';
import { kindOfArgument, kindOfOption, type ValueKind } from './value-kind.ts';

export interface Candidate {
  readonly text: string;
  readonly description?: string;
}

/** What may stand at the end of a line: fixed words, or values of a kind that has to be looked up. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  | ValueCompletion
  | { readonly kind: 'none' };

export interface ValueCompletion {
  readonly kind: 'values';
  readonly of: ValueKind;
  /** What stands before the cursor of the value. */
  readonly prefix: string;
  /** The words behind the command. */
  readonly words: readonly string[];
  /** Of what the command lists. */
  readonly columns: readonly ColumnName[];
}

export interface CompletionTable {
  readonly names: readonly { readonly name: string; readonly summary: string }[];
  /** Loaded only for the command on the line. */
  readonly describe: (name: string) => Promise<CommandDescription>;
}

/** The words of a line, the last being the one under the cursor, perhaps empty. The first is the program. */
export async function completeLine(words: readonly string[], table: CompletionTable): Promise<Completion> {
  const given = words.slice(1);
  if (given.length <= 1) return firstWords(table, given[0] ?? '');
  const name = findCommand(table.names, given)?.name;
  const length = name?.split(' ').length ?? given.length;
  if (name === undefined || given.length <= length) return nextWords(table, given);
  return completeCommand(await table.describe(name), given.slice(length));
}

function firstWords({ names }: CompletionTable, start: string): Completion {
  const words = new Map<string, string>();
  for (const { name, summary } of names) {
    const [word = '', rest] = name.split(' ');
    words.set(word, rest === undefined ? summary : (groups[word] ?? ''));
  }
  words.set('help', 'Explain a command');
  return wordsFrom(
    [...words].map(([text, description]) => ({ text, description })),
    start,
  );
}

const groups: Readonly<Record<string, string>> = {
  flow: 'Run workflows and follow them',
  sweep: 'Follow and control sweeps',
  watch: 'Wait for jobs or resources',
  config: 'Show and change the configuration',
  template: 'Job templates',
  history: 'What was submitted before',
  ssh: 'Logins on other machines',
  'ssh mount': 'Directories in step with those of a login',
  'ssh secret': 'Variables that jobs get and nobody sees',
};

/** The next word of a command with several; `mount` of `ssh mount add` once. */
function nextWords({ names }: CompletionTable, given: readonly string[]): Completion {
  const group = given.slice(0, -1).join(' ');
  const below = names.filter(({ name }) => name.startsWith(`${group} `));
  if (below.length === 0 && given.length > 2) return { kind: 'none' };
  const words = new Map<string, string>();
  for (const { name, summary } of below) {
    const [word = '', rest] = name.slice(group.length + 1).split(' ');
    words.set(word, rest === undefined ? summary : (groups[`${group} ${word}`] ?? ''));
  }
  return wordsFrom(
    [...words].map(([text, description]) => ({ text, description })),
    given.at(-1) ?? '',
  );
}

function completeCommand(command: CommandDescription, words: readonly string[]): Completion {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { columns } = command;
  const open = optionThatWaits(command, before);
  if (open !== undefined) return values({ kind: kindOfOption(command.name, open), prefix: current, words, columns });
  const [, long, value] = /^(--[a-z-]+)=(.*)$/s.exec(current) ?? [];
  const named = long === undefined ? undefined : command.options.find((option) => option.long === long);
  if (named?.value !== undefined)
    return values({ kind: kindOfOption(command.name, named), prefix: value ?? '', words, columns });
  if (current.startsWith('-') && !before.includes('--')) return wordsFrom(optionWords(command.options), current);
  const position = positionals(command, before).length;
  const argument = command.args[position] ?? (command.args.at(-1)?.variadic === true ? command.args.at(-1) : undefined);
  const kind =
    command.name === 'sbatch' ? 'files' : argument === undefined ? undefined : kindOfArgument(command.name, argument);
  return values({ kind, prefix: current, words, columns });
}

function values({
  kind,
  ...rest
}: Omit<ValueCompletion, 'kind' | 'of'> & { readonly kind: ValueKind | undefined }): Completion {
  return kind === undefined ? { kind: 'none' } : { ...rest, kind: 'values', of: kind };
}

/** The option before the cursor that still needs its value. */
function optionThatWaits({ options }: CommandDescription, before: readonly string[]): OptionDescription | undefined {
  const last = before.at(-1);
  if (last === undefined || before.slice(0, -1).includes('--')) return undefined;
  return options.find(({ short, long, value }) => value !== undefined && (long === last || short === last));
}

/** The words that are neither options nor their values. */
function positionals({ options }: CommandDescription, before: readonly string[]): readonly string[] {
  const rest: string[] = [];
  for (let index = 0; index < before.length; index += 1) {
    const word = before[index] ?? '';
    if (word === '--') return [...rest, ...before.slice(index + 1)];
    const option = options.find(({ short, long }) => long === word || short === word);
    if (option?.value !== undefined) index += 1;
    else if (!word.startsWith('-')) rest.push(word);
  }
  return rest;
}

function optionWords(options: readonly OptionDescription[]): readonly Candidate[] {
  return options.map(({ long, description }) => ({ text: long, description }));
}

function wordsFrom(words: readonly Candidate[], start: string): Completion {
  return { kind: 'words', words: words.filter(({ text }) => text.startsWith(start)) };
}
