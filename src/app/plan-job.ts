import { posix } from 'node:path';
import { blameConfigured, type ConfiguredValue, valuesOf } from '../core/config/configured-value.ts';
import { type ConfiguredOption, optionsFromDefaults } from '../core/config/default-options.ts';
import type { JobDefaults } from '../core/config/job-defaults.ts';
import { ConfigError, UsageError } from '../core/errors.ts';
import { scriptJobName } from '../core/job/job-name.ts';
import { lintScript, type ScriptProblem } from '../core/job/lint-script.ts';
import { formatSbatchOptions, parseSbatchArgs, type SbatchOption } from '../core/job/sbatch-options.ts';
import { resolveRequest, type SbatchRequest } from '../core/job/sbatch-request.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { validateSbatchOption } from '../core/job/validate-sbatch-option.ts';
import { defaultLogPattern } from '../core/slurm/log-pattern.ts';
import type { AppContext } from './app-context.ts';
import { logDirectories } from './log-directories.ts';
import type { LogDirectory } from './prepare-directories.ts';

export interface JobRequest {
  /** Submitted byte for byte. */
  readonly script: Uint8Array;
  /** For messages, and the job's name where neither an option nor the script gives one. */
  readonly fileName: string;
  readonly args: readonly string[];
  /** Those that were typed, and no others. */
  readonly options: readonly SbatchOption[];
  /** Words that sbatch gets as they are. */
  readonly rawOptions?: readonly string[] | undefined;
  /** Variables of the job. */
  readonly env: Readonly<Record<string, string>>;
  /** What the configuration says of resources, for what nothing nearer says. */
  readonly defaults?: Pick<JobDefaults, 'resources' | 'values'> | undefined;
}

/** A submission, decided: what `sbatch` gets, and what can be said of the job before it exists. */
export interface PlannedJob {
  readonly name: string;
  readonly script: Uint8Array;
  readonly args: readonly string[];
  /** Complete, one word each; without the comment. */
  readonly options: readonly string[];
  /** What the configuration brought to the options. */
  readonly configured: readonly ConfiguredValue[];
  readonly comment: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly isArray: boolean;
  readonly log: { readonly pattern: string; readonly workDir: string; readonly error?: string };
  /** Must be there and writable, or the job would die without a word. */
  readonly directories: readonly LogDirectory[];
  readonly warnings: readonly ScriptProblem[];
}

/** Decides everything about one submission and sends nothing. Throws for what Slurm would refuse, as far as it can be told. */
export function planJob(context: Pick<AppContext, 'env' | 'cwd'>, request: JobRequest): PlannedJob {
  const text = new TextDecoder().decode(request.script);
  const given = lastOfEach(request.options);
  for (const option of given) validateSbatchOption(option);
  const problems = lintScript(text);
  requireSound(problems, request.fileName);
  const raw = (request.rawOptions ?? []).flatMap((word) => parseSbatchArgs([word]).options);
  const directives = parseDirectives(text).filter(isValidOption);
  const { resources = {}, values = [] } = request.defaults ?? {};
  const said = [...given, ...raw, ...directives].map(({ name }) => name);
  const configured = optionsFromDefaults(resources, { said, env: context.env });
  for (const option of configured) requireUsable(option, values);
  const typed = [...configured, ...given];
  const resolved = resolveRequest({ directives, options: [...typed, ...raw], env: context.env });
  const { name, needsOption } = nameOf(request, { typed, text, env: context.env });
  const named = needsOption ? lastOfEach([...typed, { name: 'job-name', value: name }]) : typed;
  const withExport = exportVariables(named, Object.keys(request.env));
  const isArray = resolved.array !== undefined;
  const workDir = posix.resolve(context.cwd, resolved.chdir ?? '.');
  return {
    name,
    configured: valuesOf(
      values,
      configured.map(({ key }) => key),
    ),
    script: request.script,
    args: request.args,
    options: [
      ...formatSbatchOptions(withExport.filter((option) => option.name !== 'comment')),
      ...(request.rawOptions ?? []),
    ],
    comment: resolved.comment,
    env: request.env,
    isArray,
    log: {
      ...{ pattern: resolved.output ?? defaultLogPattern({ isArray }), workDir },
      ...(resolved.error === undefined ? {} : { error: resolved.error }),
    },
    directories: logDirectories(withoutRawPaths(resolved, raw), { name, cwd: context.cwd }),
    warnings: problems,
  };
}

/** As for sbatch, of an option given twice the last counts; so it is sent once. */
function lastOfEach(options: readonly SbatchOption[]): SbatchOption[] {
  return [...new Map(options.map((option) => [option.name, option])).values()];
}

function requireSound(problems: readonly ScriptProblem[], fileName: string): void {
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const place = ({ line }: ScriptProblem) => (line === undefined ? fileName : `${fileName}:${line}`);
  throw new ConfigError(`${place(first)}: ${first.message}`, {
    code: first.code,
    hint: first.hint,
    detail: others.map((problem) => `${place(problem)}: ${problem.message}`).join('\n'),
  });
}

/** Nobody has typed it, so it is the file that is at fault. */
function requireUsable({ key, ...option }: ConfiguredOption, values: readonly ConfiguredValue[]): void {
  try {
    validateSbatchOption(option);
  } catch (error) {
    const [configured] = valuesOf(values, [key]);
    if (!(error instanceof UsageError) || configured === undefined) throw error;
    const { message, hint } = error;
    throw blameConfigured(configured, { message, hint, cause: error });
  }
}

/** What the script says wrongly is left to Slurm, which knows its plugins: only typed values are judged here. */
export function isValidOption(option: SbatchOption): boolean {
  try {
    validateSbatchOption(option);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** sbatch itself finds the name in the script and in its variable; but the file it gets is named by its token. */
function nameOf(
  request: JobRequest,
  {
    typed,
    text,
    env,
  }: { readonly typed: readonly SbatchOption[]; readonly text: string; readonly env: AppContext['env'] },
): { readonly name: string; readonly needsOption: boolean } {
  const given = typed.find(({ name }) => name === 'job-name')?.value;
  const variable = env['SBATCH_JOB_NAME'];
  if (given === undefined && variable) return { name: variable, needsOption: false };
  return scriptJobName({ typed: given, script: text, fileName: request.fileName });
}

/**
 * A job with variables gets them whatever the site's or the script's `--export` says; a job without gets no `--export`, so
 * that those keep their say.
 */
function exportVariables(options: readonly SbatchOption[], names: readonly string[]): SbatchOption[] {
  if (names.length === 0) return [...options];
  const given = options.find(({ name }) => name === 'export')?.value ?? 'ALL';
  if (given.toUpperCase() === 'NIL') {
    throw new UsageError('--env and --export=NIL contradict each other', {
      code: 'usage.option_conflict',
      hint: 'Use --export=NONE, which the variables of --env are added to.',
    });
  }
  const parts = given.split(',').filter((part) => part.toUpperCase() !== 'NONE');
  const value = parts.some((part) => part.toUpperCase() === 'ALL') ? given : [...parts, ...names].join(',');
  return lastOfEach([...options, { name: 'export', value }]);
}

/** A path given with --slurm-arg is the user's own affair: it may exist on the nodes alone. */
function withoutRawPaths(request: SbatchRequest, raw: readonly SbatchOption[]): SbatchRequest {
  const has = (name: string) => raw.some((option) => option.name === name);
  const nowhere = '/dev/null';
  return { ...request, ...(has('output') ? { output: nowhere } : {}), ...(has('error') ? { error: nowhere } : {}) };
}
