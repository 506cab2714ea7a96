import { UsageError } from '../core/errors.ts';
import { sbatchOptionTable } from '../core/job/sbatch-option-table.ts';
import { readSbatchOption, type SbatchOption } from '../core/job/sbatch-options.ts';
import { didYouMean } from '../core/suggest.ts';
import { type OwnOption, ownOptions } from './sbatch-options.ts';

export interface SbatchWords {
  /** Srunx's own options: `true` for a flag, a text, or texts for one that may be repeated. */
  readonly own: Readonly<Record<string, true | string | readonly string[]>>;
  /** Slurm's options, under their long names. */
  readonly slurm: readonly SbatchOption[];
  /** The script and its arguments. */
  readonly rest: readonly string[];
}

/**
 * Reads the words behind `srunx sbatch`: srunx's own options, else Slurm's as sbatch itself reads them. The first word that
 * is no option ends them: everything behind the script belongs to the script.
 */
export function readSbatchWords(words: readonly string[]): SbatchWords {
  const own: Record<string, true | string | readonly string[]> = {};
  const slurm: SbatchOption[] = [];
  let index = 0;
  for (let word = words[0]; word !== undefined; word = words[index]) {
    if (word === '--') return { own, slurm, rest: words.slice(index + 1) };
    const read = readOwn(word, words[index + 1]) ?? readNative(word, words[index + 1]);
    if (read === undefined) break;
    for (const { option, value } of read.own) {
      if (option.means !== undefined && value !== true) slurm.push({ name: option.means, value });
      else own[option.name] = option.many === true ? [...toList(own[option.name]), String(value)] : value;
    }
    slurm.push(...read.slurm);
    index += read.words;
  }
  return { own, slurm, rest: words.slice(index) };
}

interface Surroundings {
  /** All of the command line. */
  readonly words: readonly string[];
  readonly profiles: () => readonly string[];
}

/**
 * `srunx sbatch train.sh --profile dgx`: a profile that there is can hardly be meant for the script. With `--` before the script, it is.
 */
export function withProfileBehind(read: SbatchWords, { words, profiles }: Surroundings): SbatchWords {
  const { own, rest } = read;
  const isChosen = ['profile', 'local', 'embedded'].some((name) => own[name] !== undefined);
  if (isChosen || words.includes('--')) return read;
  for (const [at, word] of rest.entries()) {
    const [, joined] = /^--profile=(.+)$/s.exec(word) ?? [];
    const name = word === '--profile' ? rest[at + 1] : joined;
    if (at === 0 || name === undefined || !profiles().includes(name)) continue;
    return { ...read, own: { ...own, profile: [name] }, rest: rest.toSpliced(at, joined === undefined ? 2 : 1) };
  }
  return read;
}

interface ReadWord {
  readonly own: readonly { readonly option: OwnOption; readonly value: true | string }[];
  readonly slurm: readonly SbatchOption[];
  readonly words: number;
}

function toList(value: true | string | readonly string[] | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function readOwn(word: string, next: string | undefined): ReadWord | undefined {
  const [, name = '', , given] = /^--([a-z-]+)(=(.*))?$/s.exec(word) ?? [];
  const option = ownOptions.find((own) => own.name === name || (own.letter !== undefined && word === `-${own.letter}`));
  if (option === undefined) return undefined;
  if (option.value === undefined) {
    if (given === undefined) return { own: [{ option, value: true }], slurm: [], words: 1 };
    throw badOption(`--${option.name} takes no value`, `Write --${option.name} alone.`);
  }
  const value = given ?? next;
  if (value === undefined) throw badOption(`--${option.name} has no value`, `Write --${option.name}=VALUE.`);
  return { own: [{ option, value }], slurm: [], words: given === undefined ? 2 : 1 };
}

/** Of Slurm's options, those that steer sbatch itself are ours to carry out, and one name means another thing here. */
function readNative(word: string, next: string | undefined): ReadWord | undefined {
  const read = readSbatchOption(word, next);
  if (read === undefined) return undefined;
  if (read instanceof UsageError) throw read.code === 'usage.unknown_sbatch_option' ? unknownOption(word, read) : read;
  const own: { option: OwnOption; value: true | string }[] = [];
  const slurm: SbatchOption[] = [];
  for (const option of read.options) {
    const ours = steering(option);
    if (ours === undefined) slurm.push(requireNative(option, word));
    else own.push({ option: ours, value: option.value ?? true });
  }
  return { own, slurm, words: read.words };
}

/** By another spelling than our own: an unambiguous beginning (`--pars`), or letters that share a word (`-HW`). */
function steering({ name }: SbatchOption): OwnOption | undefined {
  return ownOptions.find((option) => option.name === (name === 'usage' ? 'help' : name) && option.means === undefined);
}

function requireNative(option: SbatchOption, word: string): SbatchOption {
  if (option.name === 'profile') {
    throw badOption(
      '--profile names a login on another machine, and its value was not understood',
      "Write --profile NAME; sbatch's own --profile is --slurm-profile.",
    );
  }
  if (option.name === 'qos' && !word.startsWith('--')) {
    throw badOption('-q means --quiet here, and cannot share a word with other letters', 'Write --qos=NAME.');
  }
  if (option.name === 'version') throw badOption('sbatch shows no version here', 'Use `srunx --version`.');
  return option;
}

function unknownOption(word: string, cause: UsageError): UsageError {
  const written = word.replace(/=.*/s, '');
  const names = [...ownOptions, ...sbatchOptionTable].map(({ name }) => `--${name}`);
  return new UsageError(`sbatch has no option \`${written}\``, {
    code: cause.code,
    hint: didYouMean(written, names) ?? 'Hand an option of a plugin of your site over with --slurm-arg.',
    cause,
  });
}

function badOption(message: string, hint: string): UsageError {
  return new UsageError(message, { code: 'usage.sbatch_option', hint });
}
