import type { ParsedInput } from './define-command.ts';

/** Whether a command line asks for JSON, so that errors are JSON too. */
export function asksForJson(options: ParsedInput['options']): boolean {
  return options['json'] === true || options['format'] === 'json' || options['format'] === 'jsonl';
}
