import type { LineCounter } from 'yaml';
import { ConfigError } from '../errors.ts';

/** Where something stands: keys and indices from the root of the file. */
export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The key itself is at fault, not its value. */
  readonly atKey?: boolean;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** So many are shown at once; more would hide the first. */
const maxShown = 20;

/** Everything wrong with a file, as one error: the first problem in the message, all of them with their lines in the detail. */
export function fileError(
  problems: readonly {
    readonly position: Position | undefined;
    readonly message: string;
    readonly hint?: string | undefined;
  }[],
  { source, text }: { readonly source: string; readonly text: string },
): ConfigError {
  const sorted = [...problems].sort((left, right) => order(left.position) - order(right.position));
  const lines = text.split('\n');
  const shown = sorted.slice(0, maxShown).map(({ position, message }) => {
    const place = position === undefined ? source : `${source}:${position.line}:${position.column}`;
    const excerpt = position === undefined ? '' : `\n    ${(lines[position.line - 1] ?? '').trim().slice(0, 120)}`;
    return `${place}: ${message}${excerpt}`;
  });
  const rest = sorted.length - shown.length;
  const [first = '', ...others] = shown.map((entry) => entry.split('\n'));
  const single = others.length === 0;
  const hint = sorted.find((problem) => problem.hint !== undefined)?.hint;
  return new ConfigError(single && first !== '' ? (first[0] ?? '') : `${source} has ${sorted.length} problems`, {
    code: 'workflow.invalid',
    detail:
      single && first !== ''
        ? first.slice(1).join('\n')
        : [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n'),
    ...(hint === undefined ? {} : { hint }),
  });
}

function order(position: Position | undefined): number {
  return position === undefined ? 0 : position.line * 10_000 + position.column;
}

export function positionAt(offset: number, counter: LineCounter): Position {
  const { line, col } = counter.linePos(offset);
  return { line, column: col };
}
