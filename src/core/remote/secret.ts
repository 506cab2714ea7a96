import { UsageError } from '../errors.ts';

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a job would be broken by, or another account's: the loader's, the shell's, Slurm's and our own variables. */
const deniedPrefixes = ['LD_', 'BASH_', 'SLURM_', 'SBATCH_', 'SRUNX_'] as const;
const deniedNames = [
  ...['PATH', 'HOME', 'SHELL', 'USER', 'LOGNAME', 'PWD', 'OLDPWD', 'CDPATH', '_'],
  ...['IFS', 'ENV', 'PS4', 'PROMPT_COMMAND', 'SHELLOPTS', 'BASHOPTS', 'UID', 'EUID', 'PPID', 'POSIXLY_CORRECT'],
  ...['GCONV_PATH', 'GLIBC_TUNABLES', 'LOCPATH', 'NLSPATH'],
] as const;

/** Basic regular expressions for the beginnings of records that no job gets, whoever wrote them. */
export const deniedRecords: readonly string[] = [
  ...deniedPrefixes.map((prefix) => `^export ${prefix}`),
  ...deniedNames.map((name) => `^export ${name}=`),
];

/** Jobs get it. */
export function isDelivered(name: string): boolean {
  return !isReserved(name);
}

function isReserved(name: string): boolean {
  return deniedPrefixes.some((prefix) => name.startsWith(prefix)) || deniedNames.some((denied) => denied === name);
}

/** Words that are no name are not shown again: somebody may have typed the value there. */
export function requireSecretName(word: string): string {
  const [name = '', ...value] = word.split('=');
  if (value.length > 0 && namePattern.test(name)) {
    throw new UsageError(`the value of ${name} does not belong on the command line, where other people can read it`, {
      code: 'usage.secret_inline',
      hint: `\`srunx ssh secret set ${name}\` asks for it. Your shell's history has it now: remove it there, or make a new one.`,
    });
  }
  if (!namePattern.test(word)) {
    throw new UsageError('the name of a secret is made of letters, digits and `_`, and begins with no digit', {
      code: 'usage.secret_name',
      hint: 'Name it as the variable that the job reads, such as WANDB_API_KEY.',
    });
  }
  return word;
}

/** One that may be set: those that are there may have any name. */
export function requireUsableName(word: string): string {
  const name = requireSecretName(word);
  if (!isReserved(name)) return name;
  throw new UsageError(`${name} cannot be a secret: it steers the shell, the loader, Slurm or srunx itself`, {
    code: 'usage.secret_name',
    hint: 'Choose another name; `srunx sbatch --env` sets ordinary variables of a job.',
  });
}

/** Control characters but the tab, and what other programs take for the end of a line. U+FFFD stands for bytes that are no text. */
const unfit = /[\p{Cc}\u2028\u2029\ufffd\p{Cs}]/u;

/** The value is never part of a message. */
export function requireSecretValue(value: string): string {
  if (!unfit.test(value.replaceAll('\t', ''))) return value;
  throw new UsageError('the value has a line break, a control character, or bytes that are no UTF-8', {
    code: 'usage.secret_value',
    hint: 'A secret is one line of text; encode it, with `base64 -w0` for example, and decode it in the job.',
  });
}

/** The line of the file. Also other programs read it, so it is always quoted. */
export function renderSecretRecord(name: string, value: string): string {
  return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`;
}
