import { UsageError } from '../errors.ts';
import { readSbatchOption, type SbatchOption } from './sbatch-options.ts';

/** A word of the directives that sbatch refuses, or would not read as its writer meant. */
export interface DirectiveProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly hint: string;
  /** `unknownOption` may be an option of a plugin of the site. */
  readonly kind: 'unreadable' | 'unknownOption' | 'heterogeneous';
}

export interface ReadDirectives {
  readonly options: readonly SbatchOption[];
  readonly problems: readonly DirectiveProblem[];
}

/** The options in a script's `#SBATCH` lines, in order; what sbatch would refuse is left out. */
export function parseDirectives(script: string): readonly SbatchOption[] {
  return readDirectives(script).options;
}

/** The name that the script gives its job; the last one counts. */
export function directiveJobName(script: string): string | undefined {
  return parseDirectives(script).findLast(({ name }) => name === 'job-name')?.value;
}

/**
 * The lines of a script's head that sbatch or the controller reads, as they stand (without `\r`): what a wrapper must
 * begin with to be submitted like the script. Besides `#SBATCH` these are the lines of other systems that sbatch
 * translates, and those of burst buffers.
 */
export function directiveLines(script: string): readonly string[] {
  return headLines(script).filter((line) => /^#(?:SBATCH|SLURM|PBS|BSUB|BB|DW)/.test(line));
}

/**
 * Reads the directives as sbatch does. It collects the words of all `#SBATCH` lines before the first command into one
 * command line, so a value may stand on the next line. A heterogeneous job is read up to its second component.
 */
export function readDirectives(script: string): ReadDirectives {
  const problems: DirectiveProblem[] = [];
  const words: Word[] = [];
  for (const [index, text] of headLines(script).entries()) {
    const directive = /^#(?:SBATCH|SLURM)(.*)$/s.exec(text)?.[1];
    if (directive === undefined) continue;
    const line = index + 1;
    if (/^\s*(?:hetjob|packjob)(?:\s|$)/i.test(directive)) {
      problems.push({ ...heterogeneous, line });
      break;
    }
    const read = splitDirective(directive);
    words.push(...read.words.map((word) => ({ word, line })));
    if (read.error !== undefined) problems.push({ line, kind: 'unreadable', ...read.error });
  }
  const parsed = parseWords(words);
  const all = [...problems, ...parsed.problems].sort((left, right) => left.line - right.line);
  return { options: parsed.options, problems: all };
}

interface Word {
  readonly word: string;
  readonly line: number;
}

const heterogeneous = {
  kind: 'heterogeneous',
  message: 'the script describes a heterogeneous job',
  hint: 'Only its first component is shown and predicted here; Slurm runs all of them.',
} as const;

/** The lines before the first command: empty ones and comments. */
function headLines(script: string): string[] {
  const lines = script.split('\n').map((line) => line.replace(/\r$/, ''));
  const end = lines.findIndex((line) => /^[ \t\v\f\r]*[^# \t\v\f\r]/.test(line));
  return end < 0 ? lines : lines.slice(0, end);
}

/** sbatch gives up at the first word it refuses; this goes on behind it, so that the rest is known too. */
function parseWords(words: readonly Word[]): ReadDirectives {
  const options: SbatchOption[] = [];
  const problems: DirectiveProblem[] = [];
  let unknownBefore = false;
  let index = 0;
  for (let current = words[0]; current !== undefined; current = words[index]) {
    const { word, line } = current;
    const read = readSbatchOption(word, words[index + 1]?.word);
    if (read instanceof UsageError) {
      const kind = read.code === 'usage.unknown_sbatch_option' ? 'unknownOption' : 'unreadable';
      problems.push({ line, kind, message: read.message, hint: read.hint ?? '' });
    } else if (read !== undefined) {
      options.push(...read.options);
    } else if (!unknownBefore) {
      // The word behind an unknown option is most likely its value.
      problems.push({ line, ...noOption(word) });
    }
    unknownBefore = read instanceof UsageError;
    index += read instanceof UsageError ? 1 : (read?.words ?? 1);
  }
  return { options, problems };
}

function noOption(word: string): Omit<DirectiveProblem, 'line'> {
  return {
    kind: 'unreadable',
    message: `\`${word}\` in a directive is no option`,
    hint: 'Put a value that has spaces into quotes: #SBATCH --job-name="a b".',
  };
}

interface SplitDirective {
  readonly words: readonly string[];
  readonly error?: { readonly message: string; readonly hint: string };
}

/**
 * The words of one directive. sbatch's rules, which are not the shell's: a backslash takes the next character literally,
 * in both kinds of quotes too, but does not join words; `#` begins a comment anywhere outside quotes; a word that
 * consists of empty quotes ends the line.
 */
function splitDirective(text: string): SplitDirective {
  const words: string[] = [];
  let rest = text;
  for (;;) {
    rest = rest.replace(/^[ \t\v\f\r]+/, '');
    if (rest.startsWith(':')) {
      return { words, error: { message: 'a directive has an unexpected `:`', hint: 'Put the word into quotes.' } };
    }
    const { word, length, open } = readWord(rest);
    if (open !== undefined) {
      return {
        words,
        error: { message: `a directive lacks the closing ${open}`, hint: `Close the quote with ${open}.` },
      };
    }
    if (word === undefined) return { words };
    words.push(word);
    rest = rest.slice(length);
  }
}

function readWord(text: string): { word?: string; length: number; open?: string } {
  let word: string | undefined;
  let quote = '';
  let escaped = false;
  let length = 0;
  for (const letter of text) {
    if (quote === '' && /[ \t\v\f\r]/.test(letter)) break;
    if (!escaped && quote === '' && letter === '#') break;
    length += letter.length;
    if (!escaped && letter === '\\') escaped = true;
    else if (!escaped && quote !== '' && letter === quote) quote = '';
    else if (!escaped && quote === '' && (letter === '"' || letter === "'")) quote = letter;
    else {
      word = (word ?? '') + letter;
      escaped = false;
    }
  }
  return { length, ...(word === undefined ? {} : { word }), ...(quote === '' ? {} : { open: quote }) };
}
