import { ConnectionError, RefusedError, type SrunxError, UsageError } from '../core/errors.ts';
import { renderSecretRecord, requireSecretName, requireSecretValue, requireUsableName } from '../core/remote/secret.ts';
import { parseSecretsFault, type SecretsFault, secretsFaultCode, secretsScript } from '../core/remote/secrets-shell.ts';
import { randomHex } from '../shell/random-bytes.ts';
import type { ShellResult } from '../shell/shell.ts';
import type { AppContext } from './app-context.ts';
import { isRemote, type TargetName } from './target-name.ts';

type Surroundings = Pick<AppContext, 'shell' | 'signal'>;

/** Names of the secrets that the account of a profile keeps, in the order of their file. */
export async function listSecrets(context: Surroundings, target: TargetName): Promise<readonly string[]> {
  return runOn(context, { target, words: ['list'] });
}

export interface NewSecret {
  readonly target: TargetName;
  readonly name: string;
  readonly value: string;
}

/** Returns whether there was one of that name before. */
export async function setSecret(context: Surroundings, { target, name, value }: NewSecret): Promise<boolean> {
  const stdin = renderSecretRecord(requireUsableName(name), requireSecretValue(value));
  const before = await runOn(context, { target, words: ['set', name], stdin });
  return before.includes(name);
}

/** Returns those of the names that there were. */
export async function unsetSecrets(
  context: Surroundings,
  { target, names }: { readonly target: TargetName; readonly names: readonly string[] },
): Promise<readonly string[]> {
  const before = await runOn(context, { target, words: ['unset', ...names.map(requireSecretName)] });
  return names.filter((name) => before.includes(name));
}

/** Jobs of this machine get the variables of whoever submits them. */
export function requireAccount(target: TargetName): TargetName {
  if (isRemote(target)) return target;
  throw new UsageError(`secrets are kept by an account on another machine, and ${target} is this one`, {
    code: 'usage.secret_target',
    hint: 'Name a profile with --profile; jobs of this machine get the variables of your shell.',
  });
}

interface Request {
  readonly target: TargetName;
  readonly words: readonly [action: string, ...names: string[]];
  /** What must not stand in any message. */
  readonly stdin?: string;
}

/** One command there, whatever is to be done. */
async function runOn({ shell, signal }: Surroundings, { target, words, stdin }: Request): Promise<readonly string[]> {
  const [action, ...names] = words;
  const argv = ['sh', '-c', secretsScript, 'sh', action, randomHex(4), ...names] as const;
  const result = await shell(target).run({ argv: [...argv], stdin, signal });
  const said = new TextDecoder().decode(result.stdout);
  if (result.exitCode === 0) return said.split('\n').filter(Boolean);
  throw failureOf(result, { target, said });
}

function failureOf(
  { exitCode, stderr }: ShellResult,
  { target, said }: { readonly target: TargetName; readonly said: string },
): SrunxError {
  const fault = exitCode === secretsFaultCode ? parseSecretsFault(said) : undefined;
  const detail = new TextDecoder().decode(stderr).trim();
  if (fault === undefined) {
    return new ConnectionError(`the secrets on ${target} could not be reached`, {
      code: 'secret.failed',
      detail,
      hint: 'Check that the account has a POSIX shell with awk, grep and sed.',
    });
  }
  return new RefusedError(`${fault.text}, so the secrets on ${target} stay as they are`, {
    code: `secret.${fault.kind}`,
    detail,
    hint: hints[fault.kind],
  });
}

const hints: Readonly<Record<SecretsFault['kind'], string>> = {
  symlink: 'Put the file or directory itself there: a link may lead to what others can write.',
  kind: 'Look at it, and move it away.',
  foreign: 'Look at it, and move it away.',
  unreadable: 'Give yourself the permission to read it (`chmod 600`), then run the command again.',
  tampered: 'Remove that line, or move the file away and set the secrets again.',
  large: 'Remove secrets with `srunx ssh secret unset`; what is large belongs into a file.',
  locked: 'Run the command again. Where no other does anything with the secrets, remove that directory.',
  write: 'Check the permissions and the free space there, then run the command again.',
  home: 'Ask the administrator of that machine.',
};
