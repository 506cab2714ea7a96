import {
  assertNever,
  ConnectionError,
  NotFoundError,
  RefusedError,
  type SrunxError,
  SubmissionError,
  UsageError,
} from '../../core/errors.ts';
import { type LookScript, parseAnswers, renderLookScript } from '../../core/slurm/look-script.ts';
import { classifySlurmError, type SlurmErrorKind } from '../../core/slurm/slurm-error.ts';
import { randomHex } from '../../shell/random-bytes.ts';
import type { Shell, ShellResult } from '../../shell/shell.ts';

/** Runs Slurm's commands over a shell and turns their failures into our errors, with Slurm's own words as the detail. */
export interface SlurmClient {
  readonly target: string;
  readonly shell: Shell;
  /** A query: scrubbed environment, C locale, epoch times. Returns standard output as text. */
  query(argv: readonly [string, ...string[]], signal?: AbortSignal): Promise<string>;
  /** The same without judging the outcome. */
  ask(argv: readonly [string, ...string[]], signal?: AbortSignal): Promise<SlurmReply>;
  /** For what changes something; 2 minutes at the longest, unless told otherwise. */
  attempt(argv: readonly [string, ...string[]], signal?: AbortSignal, timeoutMs?: number): Promise<SlurmReply>;
  /**
   * Looks at the queue and goes on by what that shows, as one execution: the answer of the look, and those of what came next. None where
   * the machine cannot do that.
   */
  goOn(script: Omit<LookScript, 'mark'>, signal?: AbortSignal): Promise<readonly SlurmReply[]>;
}

export interface SlurmReply {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A mark that no job name can contain by accident or on purpose: 48 random bits, short because every field carries one. */
export function randomMark(): string {
  return `@${randomHex(6)}@`;
}

export function createSlurmClient(shell: Shell): SlurmClient {
  // A busy controller answers after up to 18 s, and one that limits requests makes clients wait silently.
  const common = { env: queryEnvironment, timeoutMs: 120_000, maxBytes: 256 * 1024 * 1024 };
  const ask: SlurmClient['ask'] = async (argv, signal) =>
    toReply(await shell.run({ ...common, argv, together: true, signal }));
  return {
    target: shell.name,
    shell,
    ask,
    async attempt(argv, signal, timeoutMs = common.timeoutMs) {
      return toReply(await shell.run({ ...common, argv, timeoutMs, signal }));
    },
    async goOn(parts, signal) {
      const mark = `srunx-${randomHex(16)}`;
      const argv = ['sh', '-c', renderLookScript({ ...parts, mark })] as const;
      const result = await shell.run({ ...common, argv: [...argv], signal });
      const reply = toReply(result);
      // Something ended it in its middle, and what came next may have been done or not.
      if (result.exitCode !== 0 || result.truncated) {
        throw slurmError({ argv: parts.look, reply: { ...reply, exitCode: reply.exitCode || 1 }, target: shell.name });
      }
      return parseAnswers(reply.stdout, mark);
    },
    async query(argv, signal) {
      return requireAnswer({ argv, reply: await ask(argv, signal), target: shell.name });
    },
  };
}

/** Standard output of a query that has not failed. */
export function requireAnswer({ argv, reply, target }: SlurmFailure): string {
  // squeue and sinfo report bad users and fields on standard error, answer nothing, and still exit 0.
  const failed = reply.exitCode !== 0 || (reply.stdout.trim() === '' && /error:/.test(reply.stderr));
  if (failed) throw slurmError({ argv, reply, target });
  return reply.stdout;
}

function toReply(result: ShellResult): SlurmReply {
  const decoder = new TextDecoder();
  return {
    exitCode: result.exitCode ?? 128,
    stdout: decoder.decode(result.stdout),
    stderr: decoder.decode(result.stderr).trim(),
  };
}

/** Variables that change what Slurm's query commands print or select; a stray one silently hides jobs. */
const outputVariables = [
  ...[
    'ACCOUNT',
    'ALL',
    'ARRAY',
    'CLUSTERS',
    'END',
    'FEDERATION',
    'FORMAT',
    'FORMAT2',
    'LICENSES',
    'LOCAL',
    'NAMES',
  ].map((name) => `SQUEUE_${name}`),
  ...['PARTITION', 'PRIORITY', 'QOS', 'SIBLING', 'SORT', 'START', 'STATES', 'USERS'].map((name) => `SQUEUE_${name}`),
  ...['ALL', 'CLUSTERS', 'FEDERATION', 'FORMAT', 'LOCAL', 'PARTITION', 'SORT'].map((name) => `SINFO_${name}`),
  ...['FEDERATION', 'LOCAL', 'FORMAT'].map((name) => `SACCT_${name}`),
  ...['ACCOUNT', 'BATCH', 'CTLD', 'CRON', 'FULL', 'HURRY', 'INTERACTIVE', 'NAME', 'PARTITION', 'QOS', 'STATE'].map(
    (name) => `SCANCEL_${name}`,
  ),
  ...['USER', 'VERBOSE', 'WCKEY', 'CLUSTERS'].map((name) => `SCANCEL_${name}`),
  ...['CLUSTERS', 'JSON', 'YAML', 'DEBUG_FLAGS'].map((name) => `SLURM_${name}`),
];

/** `scancel` in the hand-over script must end what it is told to end. */
export const handoverEnvironment: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  outputVariables.filter((name) => name.startsWith('SCANCEL_')).map((name) => [name, undefined]),
);

const queryEnvironment: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(outputVariables.map((name) => [name, undefined])),
  SLURM_TIME_FORMAT: '%s',
  SLURM_BITSTR_LEN: '0',
  LC_ALL: 'C',
};

export interface SlurmFailure {
  readonly argv: readonly [string, ...string[]];
  readonly reply: SlurmReply;
  readonly target: string;
}

/** For our own small scripts on the cluster's machine: what they say on standard error becomes the detail. */
export function requireSuccess(
  result: ShellResult,
  { what, target }: { readonly what: string; readonly target: string },
): void {
  if (result.exitCode === 0) return;
  throw new ConnectionError(`srunx could not ${what} on ${target}`, {
    code: 'slurm.directory_failed',
    detail: toReply(result).stderr,
    hint: 'Check the permissions and the free space there, then run the command again.',
  });
}

const otherPlaces =
  '`--profile NAME` names a cluster behind ssh (`srunx ssh add` makes a profile), `--embedded` runs jobs on this machine without Slurm';

function missingHint(target: string): string {
  return target === 'local'
    ? `Put Slurm on PATH; or go elsewhere: ${otherPlaces}.`
    : `Have the login shell there put Slurm on PATH; \`srunx ssh doctor ${target}\` looks at each step.`;
}

function unconfiguredHint(target: string): string {
  return target === 'local'
    ? `Point SLURM_CONF to the slurm.conf of the cluster; or go elsewhere: ${otherPlaces}.`
    : 'Have the login shell there point SLURM_CONF to the slurm.conf of the cluster.';
}

/** The error that a failed Slurm command amounts to. */
export function slurmError({ argv, reply, target }: SlurmFailure): SrunxError {
  const [command] = argv;
  const kind: SlurmErrorKind = classifySlurmError({ command, exitCode: reply.exitCode, stderr: reply.stderr });
  const detail = reply.stderr === '' ? reply.stdout.trim() : reply.stderr;
  const facts = { code: `slurm.${kind}`, detail };
  switch (kind) {
    case 'controller_unavailable':
      return new ConnectionError(`the Slurm controller of ${target} does not answer ${command}`, {
        ...facts,
        hint: 'Try again in a minute; `scontrol ping` shows whether the controller is up.',
      });
    case 'accounting_unavailable':
      return new ConnectionError(`the accounting database of ${target} does not answer ${command}`, {
        ...facts,
        hint: 'Try again later; `srunx squeue` works without accounting.',
      });
    case 'accounting_absent':
      return new NotFoundError(`${target} keeps no accounting records`, {
        ...facts,
        hint: 'Use `srunx squeue` for jobs the controller still remembers.',
      });
    case 'slurm_unconfigured':
      return new ConnectionError(`${command} on ${target} finds no usable Slurm configuration`, {
        ...facts,
        hint: unconfiguredHint(target),
      });
    case 'slurm_missing':
      return new ConnectionError(`there is no ${command} on ${target}`, {
        ...facts,
        hint: missingHint(target),
      });
    case 'not_found':
      return new NotFoundError(`${target} knows no such job`, { ...facts, hint: 'List jobs with `srunx squeue`.' });
    case 'denied':
      return new RefusedError(`${target} does not permit ${command}`, {
        ...facts,
        hint: 'Only the owner of a job or an administrator may do this.',
      });
    case 'user_error':
      return new UsageError(`${command} on ${target} did not accept the request`, {
        ...facts,
        hint: 'Correct what Slurm names above.',
      });
    case 'rejected':
      return new SubmissionError(`${command} on ${target} was refused`, {
        ...facts,
        hint: 'Correct what Slurm names above.',
      });
    case 'unknown':
      return new ConnectionError(`${command} on ${target} failed with exit code ${reply.exitCode}`, {
        ...facts,
        hint: 'Run the same command by hand to see whether Slurm works.',
      });
    default:
      return assertNever(kind);
  }
}
