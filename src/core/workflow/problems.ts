import { ConfigError } from '../errors.ts';

export interface SourceText {
  /** The file as the user named it, or as seen from there. */
  readonly source: string;
  readonly text: string;
}

/** Something that is wrong with a file. */
export interface Problem {
  /** Absent: the workflow file itself, and not one that it includes. */
  readonly file?: SourceText | undefined;
  /** In characters from its beginning; absent where no line is at fault. */
  readonly offset?: number | undefined;
  /** Where it is instead: in the configuration, say. */
  readonly place?: string | undefined;
  readonly message: string;
  /** The next step. A function where finding it takes time: only the hints of the problems that are shown are asked for. */
  readonly hint?: string | (() => string | undefined) | undefined;
}

/** So many are shown at once; more would hide the first. */
const maxShown = 20;

/** Everything wrong with a file as one error, in the order of its lines, each with its line and what to do about it. */
export function fileError(problems: readonly Problem[], file: SourceText): ConfigError {
  // What is configured is wrong once, however many jobs it is for.
  const nameOf = ({ place, message }: Problem, index: number) => (place === undefined ? index : `${place}: ${message}`);
  const distinct = [...new Map(problems.map((problem, index) => [nameOf(problem, index), problem])).values()];
  const files = [file, ...new Set(distinct.flatMap((problem) => problem.file ?? []))];
  const order = (problem: Problem) => files.indexOf(problem.file ?? file);
  const place = ({ offset = -1 }: Problem) => offset;
  const sorted = distinct.sort((left, right) => order(left) - order(right) || place(left) - place(right));
  const shown = sorted.slice(0, maxShown).map((problem) => describe(problem, file));
  const [first] = shown;
  if (first !== undefined && shown.length === 1) {
    const { summary, excerpt, hint } = first;
    return new ConfigError(summary, {
      code: sorted[0]?.place === undefined ? 'workflow.invalid' : 'config.invalid',
      ...(excerpt === undefined ? {} : { detail: excerpt }),
      hint: hint ?? 'Correct it; --validate checks the file and submits nothing.',
    });
  }
  const rest = sorted.length - shown.length;
  const entries = shown.map(({ summary, excerpt, hint }) =>
    [summary, ...(excerpt === undefined ? [] : [excerpt]), ...(hint === undefined ? [] : [`    ${hint}`])].join('\n'),
  );
  return new ConfigError(`${file.source} has ${sorted.length} problems`, {
    code: 'workflow.invalid',
    detail: [...entries, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n'),
    hint: 'Correct them; --validate checks the file and submits nothing.',
  });
}

interface Described {
  readonly summary: string;
  readonly excerpt: string | undefined;
  readonly hint: string | undefined;
}

function describe(problem: Problem, file: SourceText): Described {
  const { source, text } = problem.file ?? file;
  const hint = typeof problem.hint === 'function' ? problem.hint() : problem.hint;
  const { place = source } = problem;
  if (problem.offset === undefined) return { summary: `${place}: ${problem.message}`, excerpt: undefined, hint };
  const { line, column, start } = positionOf(text, problem.offset);
  const end = text.indexOf('\n', start);
  const excerpt = excerptOf(text.slice(start, end < 0 ? text.length : end), column);
  return {
    summary: `${source}:${line}:${column}: ${problem.message}`,
    excerpt: excerpt === '' ? undefined : `    ${excerpt}`,
    hint,
  };
}

/** Line and column from 1, as editors count them. */
function positionOf(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number; readonly start: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1, start };
}

const maxExcerpt = 116;

/** The part of a long line that begins a little before the column. */
function excerptOf(line: string, column: number): string {
  const from = line.length <= maxExcerpt ? 0 : Math.max(0, Math.min(column - 20, line.length - maxExcerpt));
  const part = line.slice(from, from + maxExcerpt).trim();
  return `${from > 0 ? '...' : ''}${part}${from + maxExcerpt < line.length ? '...' : ''}`;
}
