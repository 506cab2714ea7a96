import type { Command } from 'commander';
import { UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { addQueryOption } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { documentLines } from './document.ts';

const recordFormats = ['table', 'json', 'yaml'] as const;

/** For a command that shows one thing, not a list of things. */
export function addRecordOptions(command: Command): Command {
  command
    .option('-f, --format <format>', recordFormats.join(', '))
    .option('--json', 'print JSON: the same as --format json');
  return addQueryOption(command);
}

/** Throws a UsageError for a format that does not exist. */
export function recordFormat(options: ParsedInput['options']): (typeof recordFormats)[number] {
  const word = String(options['format'] ?? (options['json'] === true ? 'json' : 'table'));
  const format = recordFormats.find((known) => known === word);
  if (format !== undefined) return format;
  throw new UsageError(`there is no format \`${word}\` here`, {
    code: 'usage.format',
    hint: didYouMean(word, recordFormats) ?? `There are: ${recordFormats.join(', ')}.`,
  });
}

export interface ShownRecord {
  readonly data: () => unknown;
  readonly text: () => string;
}

/** Writes the text for people, or the data: the other of the two is not made. */
export async function showRecord(
  { data, text }: ShownRecord,
  {
    options,
    context: { out },
  }: { readonly options: ParsedInput['options']; readonly context: Pick<CommandContext, 'out'> },
): Promise<void> {
  const format = recordFormat(options);
  if (format === 'table' && out.query === undefined) {
    const shown = text();
    if (shown !== '') out.line(shown);
  } else (await documentLines(data(), { format, header: true }, out)).forEach(out.line);
}
