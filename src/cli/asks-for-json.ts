import type { ParsedInput } from './define-command.ts';

/** Whether a command line asks for JSON, so that errors are JSON too. */
export function asksForJson(options: ParsedInput['options']): boolean {
  return options['json'] === true || options['format'] === 'json' || options['format'] === 'jsonl';
}

/** What `--query` makes of the JSON is JSON, too, unless another format is named. */
export function withImpliedJson(options: ParsedInput['options']): ParsedInput['options'] {
  return options['query'] === undefined || options['format'] !== undefined ? options : { ...options, json: true };
}
