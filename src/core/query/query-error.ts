import { UsageError } from '../errors.ts';

const example = "Write for example --query '[].{id: job_id, name: name}'; https://jmespath.org explains the language.";

/** Where in the expression (an index), what is wrong there, and what to write instead. */
export interface QueryFault {
  readonly at: number;
  readonly what: string;
  readonly hint?: string | undefined;
}

export function queryError(text: string, { at, what, hint = example }: QueryFault): UsageError {
  return new UsageError(`--query \`${text}\` cannot be read at position ${positionOf(text, at)}: ${what}`, {
    code: 'usage.query',
    hint,
  });
}

/** As people count: from 1, and a character outside the first plane once. */
export function positionOf(text: string, at: number): number {
  return [...text.slice(0, at)].length + 1;
}
