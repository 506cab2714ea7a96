import { UsageError } from '../errors.ts';
import { findSbatchOptions } from './sbatch-option-table.ts';
import { formatSbatchOptions, readSbatchOption, type SbatchOption } from './sbatch-options.ts';
import { validateSbatchOption } from './validate-sbatch-option.ts';

/** What a workflow says in its own words, and what would take the job out of its sight. */
const reserved: Readonly<Record<string, string>> = {
  dependency: 'Write depends_on.',
  'job-name': 'Write name.',
  output: 'Write log_dir.',
  chdir: 'Write work_dir.',
  array: 'Write array.',
  clusters: 'Choose the cluster for the whole workflow.',
  comment: 'The comment of a workflow job holds its submission token.',
};

/**
 * `sbatch_args`: options in any spelling of sbatch, one word per entry, brought to one word per option. Unknown long options
 * pass, because plugins of a site add some; Slurm itself says whether it has them. Throws a UsageError for everything else.
 */
export function checkSbatchArgs(words: readonly string[]): readonly string[] {
  const checked: string[] = [];
  let index = 0;
  for (let word = words[0]; word !== undefined; word = words[index]) {
    const read = readSbatchOption(word, words[index + 1]);
    if (read instanceof UsageError) {
      if (!isPluginOption(read, word)) throw read;
      checked.push(word);
      index += 1;
      continue;
    }
    if (read === undefined) throw noOption(word);
    for (const option of read.options) checkOption(option);
    checked.push(...formatSbatchOptions(read.options));
    index += read.words;
  }
  return checked;
}

function isPluginOption(error: UsageError, word: string): boolean {
  return error.code === 'usage.unknown_sbatch_option' && /^--[a-z][\w-]*(?:=[^\0\n]*)?$/i.test(word);
}

function checkOption(option: SbatchOption): void {
  validateSbatchOption(option);
  const steers = findSbatchOptions(option.name).some(({ name, steersSbatch }) => name === option.name && steersSbatch);
  const hint = reserved[option.name] ?? (steers ? 'It says how sbatch is to run, nothing about the job.' : undefined);
  if (hint === undefined) return;
  throw new UsageError(`--${option.name} cannot stand here`, { code: 'usage.reserved_sbatch_option', hint });
}

function noOption(word: string): UsageError {
  return new UsageError(`\`${word}\` is no option`, {
    code: 'usage.sbatch_option',
    hint: 'Write one option per entry, such as --gpu-bind=closest.',
  });
}
