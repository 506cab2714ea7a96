import { UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import {
  findSbatchLetter,
  findSbatchOptions,
  type SbatchOptionSpec,
  sbatchOptionTable,
} from './sbatch-option-table.ts';

/** One option as given, under its long name. Without a value: a flag, or an optional value that was left out. */
export interface SbatchOption {
  readonly name: string;
  readonly value?: string;
}

export interface ParsedSbatchArgs {
  readonly options: readonly SbatchOption[];
  /** From the first word that is no option: the script and its arguments. After an error: from the word at fault. */
  readonly rest: readonly string[];
  /** Why sbatch would refuse the first word of `rest`. */
  readonly error?: UsageError;
}

/**
 * Reads options as sbatch does: `--x=y`, `--x y`, `-N4`, `-N 4`, `-HN4`, unambiguous beginnings of names; the first word
 * that is no option, or `--`, ends them. Values are not looked at: see `validateSbatchOption`.
 */
export function parseSbatchArgs(argv: readonly string[]): ParsedSbatchArgs {
  const options: SbatchOption[] = [];
  let index = 0;
  for (let word = argv[0]; word !== undefined; word = argv[index]) {
    if (word === '--') return { options, rest: argv.slice(index + 1) };
    const read = readSbatchOption(word, argv[index + 1]);
    if (read instanceof UsageError) return { options, rest: argv.slice(index), error: read };
    if (read === undefined) break;
    options.push(...read.options);
    index += read.words;
  }
  return { options, rest: argv.slice(index) };
}

/** The words that give sbatch these options: `--x=y` each, so that no value can be taken for an option. */
export function formatSbatchOptions(options: readonly SbatchOption[]): string[] {
  return options.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`));
}

export interface ReadSbatchOption {
  /** Several if letters share the word. */
  readonly options: readonly SbatchOption[];
  /** How many words they took: 2 if the next one is the value. */
  readonly words: 1 | 2;
}

type Read = ReadSbatchOption | UsageError;

/** The options of one word, and of the next one if that is its value; `undefined` if the word is no option at all. */
export function readSbatchOption(word: string, next: string | undefined): Read | undefined {
  if (!word.startsWith('-') || word === '-' || word === '--') return undefined;
  return word.startsWith('--') ? readName(word, next) : readLetters(word, next);
}

function readName(word: string, next: string | undefined): Read {
  const [name = '', value] = split(word.slice(2));
  const [spec, ...others] = findSbatchOptions(name);
  if (spec === undefined) return unknownOption(`--${name}`);
  if (others.length > 0) return ambiguousOption(name, [spec, ...others]);
  if (spec.kind === 'flag') return value === undefined ? just({ name: spec.name }) : needlessValue(spec);
  if (value !== undefined) return just({ name: spec.name, value });
  return withoutValue(spec, next);
}

function split(text: string): [string, string?] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** Flags may share a word, and the last letter may have its value there: `-HN4`. */
function readLetters(word: string, next: string | undefined): Read {
  const options: SbatchOption[] = [];
  const letters = [...word.slice(1)];
  for (const [position, letter] of letters.entries()) {
    const spec = findSbatchLetter(letter);
    if (spec === undefined) return unknownOption(`-${letter}`);
    const value = letters.slice(position + 1).join('');
    if (spec.kind !== 'flag') {
      const last = value === '' ? withoutValue(spec, next) : just({ name: spec.name, value });
      return last instanceof UsageError ? last : { ...last, options: [...options, ...last.options] };
    }
    options.push({ name: spec.name });
  }
  return { options, words: 1 };
}

function withoutValue(spec: SbatchOptionSpec, next: string | undefined): Read {
  if (spec.optional) return just({ name: spec.name });
  if (next !== undefined) return { options: [{ name: spec.name, value: next }], words: 2 };
  return new UsageError(`--${spec.name} has no value`, {
    code: 'usage.sbatch_option',
    hint: `Write --${spec.name}=VALUE.`,
  });
}

function just(option: SbatchOption): Read {
  return { options: [option], words: 1 };
}

/** `written` has its dashes: `--nods`, `-Y`. */
export function unknownOption(written: string): UsageError {
  const names = sbatchOptionTable.map(({ name }) => `--${name}`);
  return new UsageError(`sbatch has no option \`${written}\``, {
    code: 'usage.unknown_sbatch_option',
    hint: didYouMean(written, names) ?? 'See `man sbatch` for the options of this cluster.',
  });
}

function ambiguousOption(name: string, specs: readonly SbatchOptionSpec[]): UsageError {
  return new UsageError(`\`--${name}\` may mean ${specs.map((spec) => `--${spec.name}`).join(', ')}`, {
    code: 'usage.sbatch_option',
    hint: 'Write the name in full.',
  });
}

export function needlessValue(spec: SbatchOptionSpec): UsageError {
  return new UsageError(`--${spec.name} takes no value`, {
    code: 'usage.sbatch_option',
    hint: `Write --${spec.name} alone.`,
  });
}
