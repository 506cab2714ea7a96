import { contextOn, type TargetName } from '../app/app-context.ts';
import type { PlacedSubmission } from '../app/place-submission.ts';
import { type PlannedJob, planJob } from '../app/plan-job.ts';
import { loadScript } from '../app/read-script.ts';
import { resolveDependencies } from '../app/resolve-dependencies.ts';
import { wrapCommand } from '../app/wrap-command.ts';
import { findLeaf } from '../core/config/config-schema.ts';
import { blameConfigured, type ConfiguredValue, valuesOf } from '../core/config/configured-value.ts';
import type { JobDefaults } from '../core/config/job-defaults.ts';
import { UsageError } from '../core/errors.ts';
import { wrapJobName } from '../core/job/job-name.ts';
import { findSbatchOptions } from '../core/job/sbatch-option-table.ts';
import { parseSbatchArgs, type SbatchOption } from '../core/job/sbatch-options.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { validateSbatchOption } from '../core/job/validate-sbatch-option.ts';
import { countsForJob } from './counts-for-job.ts';
import type { CommandContext } from './define-command.ts';
import { idlePreset } from './idle-preset.ts';
import { optionsThere, placeSbatch } from './place-sbatch.ts';
import { readJobDefaults } from './read-job-defaults.ts';
import { keysConfigured, mergeEnvironment, readEnvironment } from './sbatch-environment.ts';
import { isTemplate, type OwnScript, renderNamed, renderOwn, requireNoVariables } from './sbatch-template.ts';
import type { SbatchWords } from './sbatch-words.ts';

export interface SbatchJob {
  readonly job: PlannedJob;
  /** The script as named; `null` for a command or standard input. */
  readonly source: string | null;
  /** Where it takes place, if a mount has to do with it. */
  readonly placed: PlacedSubmission | undefined;
  /** Also where somebody else has synced the mount last. */
  readonly forcesSync: boolean;
  /** Everything in it that nobody typed. */
  readonly configured: readonly ConfiguredValue[];
  /** What of the preset has no effect on the job, although nothing that was typed says it. */
  readonly idle: readonly ConfiguredValue[];
}

/** From the words of the command line to the submission that they mean. Reads the script; sends nothing. */
export async function readSbatchJob(
  words: SbatchWords,
  { target, context }: { readonly target: TargetName; readonly context: CommandContext },
): Promise<SbatchJob> {
  const { own, slurm } = words;
  const preset = own['preset-job'] === undefined ? undefined : String(own['preset-job']);
  // An explicit -o is more precise than --log-dir, so it stands behind it.
  const named = [...logOptions(own['log-dir']), ...slurm];
  const typed = await resolveDependencies(context.app, { options: named, target });
  // Before any script is looked for: what was typed wrongly is the nearer fault.
  for (const option of typed) validateSbatchOption(option);
  const said = {
    options: [...typed, ...listOf(own['slurm-arg']).flatMap((word) => parseSbatchArgs([word]).options)],
    environment: Object.keys(readEnvironment(own)),
    isOurs: own['wrap'] !== undefined || own['template'] !== undefined,
    env: context.app.env,
  };
  const counts = (path: readonly string[]) => countsForJob(path, said);
  const defaults = readJobDefaults({ target, preset, counts, context });
  const variables = readVariables(listOf(own['env']));
  const env = { ...defaults.variables, ...variables };
  const rawOptions = [
    ...(own['slurm-profile'] === undefined ? [] : [`--profile=${String(own['slurm-profile'])}`]),
    ...listOf(own['slurm-arg']).map(requireRawOption),
  ];
  const script = await readText(words, { target, context, defaults });
  const { bytes: text, fileName, source, args } = script;
  const places = script.isOurs ? configuredPlaces(defaults, { typed, text, context }) : [];
  const wanted = [...places.flatMap(({ options: said }) => said), ...typed];
  const chdir = wanted.findLast(({ name }) => name === 'chdir')?.value;
  const placed = placeSbatch({ own, file: isTemplate(own) ? null : source, chdir }, { target, context });
  const options = optionsThere(wanted, { placed, text, target, context });
  const there = await contextOn(context.app, target);
  const job = planJob(placed === undefined ? there : { ...there, cwd: placed.cwd }, {
    script: text,
    fileName,
    args,
    options,
    rawOptions,
    env,
    defaults,
  });
  const used = [
    ...script.configured,
    ...Object.keys(defaults.variables)
      .filter((name) => variables[name] === undefined)
      .map((name) => `environment.env_vars.${name}`),
  ];
  const all = [...job.configured, ...valuesOf(defaults.values, used), ...places.map(({ value }) => value)];
  const configured = [...new Map(all.map((value) => [value.key, value])).values()];
  const idle = idlePreset(defaults, { typed: { own, options: typed, variables }, configured });
  return { job, source, placed, configured, idle, forcesSync: own['force-sync'] === true };
}

interface Places {
  readonly typed: readonly SbatchOption[];
  readonly text: Uint8Array;
  readonly context: CommandContext;
}

interface ConfiguredPlace {
  readonly value: ConfiguredValue;
  readonly options: readonly SbatchOption[];
}

/** Directories of log and work, where neither the command line nor a template names them. */
function configuredPlaces(
  { values }: JobDefaults,
  { typed, text, context: { app } }: Places,
): readonly ConfiguredPlace[] {
  const said = [...typed, ...parseDirectives(new TextDecoder().decode(text))];
  const has = (...names: readonly string[]) => said.some(({ name }) => names.includes(name));
  const [logs = logVariable(app.env)] = valuesOf(values, ['log_dir']);
  const [work] = valuesOf(values, ['work_dir']);
  return [
    ...(logs === undefined || has('output', 'error') ? [] : [{ value: logs, options: logOptions(pathOf(logs)) }]),
    ...(work === undefined || has('chdir') ? [] : [{ value: work, options: [{ name: 'chdir', value: pathOf(work) }] }]),
  ];
}

function logVariable(env: CommandContext['app']['env']): ConfiguredValue | undefined {
  const [name, key] = ['SLURM_LOG_DIR', 'log_dir'];
  const leaf = findLeaf([key]);
  return env[name] && leaf !== undefined
    ? { key, leaf, value: env[name], origin: { kind: 'variable', name } }
    : undefined;
}

/** A shell would have expanded what was typed; Slurm expands nothing. */
function pathOf(configured: ConfiguredValue): string {
  const path = String(configured.value);
  if (!/^(?:~|\$\{?[A-Za-z_])/.test(path)) return path;
  throw blameConfigured(configured, {
    message: `\`${path}\` is not expanded by Slurm`,
    hint: 'Write the full path, or one that is relative to where you start from.',
  });
}

interface ScriptText {
  readonly bytes: Uint8Array;
  readonly fileName: string;
  readonly source: string | null;
  readonly args: readonly string[];
  /** Keys of the configuration that it was made of. */
  readonly configured: readonly string[];
  /** Made here for a command or from a template; a script of the user's says for itself where it works. */
  readonly isOurs: boolean;
}

interface TextRequest {
  readonly target: TargetName;
  readonly context: CommandContext;
  readonly defaults: JobDefaults;
}

async function readText(words: SbatchWords, { target, context, defaults }: TextRequest): Promise<ScriptText> {
  const { own, rest } = words;
  const [file, ...args] = rest;
  const environment = readEnvironment(own);
  const noContainer = own['no-container'] === true;
  const merged = mergeEnvironment(defaults.environment, environment, { noContainer });
  const keys = keysConfigured(merged, environment);
  const made = { target, environment: merged, configured: valuesOf(defaults.values, keys) };
  const fill = { ...made, defaults, typed: Object.keys(environment) };
  const template = own['template'];
  const madeFrom = own['wrap'] === undefined ? '--template' : '--wrap';
  if (file !== undefined && (template !== undefined || own['wrap'] !== undefined))
    throw needOne(`both ${madeFrom} and the script ${file} were given`);
  if (own['launcher'] !== undefined && (template !== undefined || own['wrap'] === undefined)) {
    throw hasNoEffect('launcher', template === undefined ? 'a script' : 'a template');
  }
  if (template !== undefined) {
    const { text, name, configured } = await renderNamed(words, context.app, fill);
    return { bytes: text, fileName: name, source: null, args: [], configured, isOurs: true };
  }
  if (own['wrap'] !== undefined) {
    requireNoVariables(own);
    const launcher = own['launcher'] === undefined ? undefined : String(own['launcher']);
    const bytes = await wrapCommand({ command: String(own['wrap']), launcher, ...made });
    return { bytes, fileName: wrapJobName, source: null, args: [], configured: keys, isOurs: true };
  }
  const [unfit] = Object.keys(environment);
  if (unfit !== undefined) throw hasNoEffect(unfit, 'a script');
  if (file !== undefined && file !== '-' && file !== '/dev/stdin') {
    const bytes = await loadScript(context.app, { file, target });
    const fileName = file.slice(file.lastIndexOf('/') + 1);
    const rendered = await renderIfTemplate(words, { ...fill, bytes, file, fileName, app: context.app });
    return { ...rendered, fileName, source: file, args, isOurs: false };
  }
  const bytes = await context.readStdin();
  if (bytes === undefined) throw needOne('neither a script nor --wrap was given');
  // As sbatch calls such a job.
  const fileName = 'sbatch';
  const what = { bytes, file: 'standard input', fileName, app: context.app };
  const rendered = await renderIfTemplate(words, { ...fill, ...what });
  return { ...rendered, fileName, source: null, args, isOurs: false };
}

/** Any other script is submitted as it is. */
async function renderIfTemplate(
  words: SbatchWords,
  script: OwnScript,
): Promise<Pick<ScriptText, 'bytes' | 'configured'>> {
  if (!isTemplate(words.own)) return { bytes: script.bytes, configured: [] };
  const { text, configured } = await renderOwn(words, script);
  return { bytes: text, configured };
}

function hasNoEffect(option: string, what: 'a script' | 'a template'): UsageError {
  const why = what === 'a script' ? 'which is submitted as it is' : 'which starts the command itself';
  return new UsageError(`--${option} has no effect on ${what}, ${why}`, {
    code: 'usage.option_conflict',
    hint: `Write it into the ${what.slice(2)}, or submit a command with --wrap alone.`,
  });
}

function needOne(message: string): UsageError {
  return new UsageError(message, {
    code: 'usage.script_or_wrap',
    hint: "Give one of the two: a script (or - for standard input), or --wrap 'COMMAND'.",
  });
}

/** One file for both streams, as the reference has it. */
function logOptions(directory: SbatchWords['own'][string] | undefined): SbatchOption[] {
  if (directory === undefined) return [];
  const path = `${String(directory).replace(/\/+$/, '') || '/'}/%x_%j.log`.replace(/^\/\//, '/');
  return [
    { name: 'output', value: path },
    { name: 'error', value: path },
  ];
}

export function readVariables(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
      if (/^(?!SLURM_|SBATCH_)[A-Za-z_][A-Za-z0-9_]*$/.test(key) && !value.includes('\0')) return [key, value];
      throw new UsageError(`\`${pair}\` cannot be set with --env`, {
        code: 'usage.option_value',
        hint: 'Write KEY=VALUE: letters, digits and _, not beginning with a digit, SLURM_ or SBATCH_.',
      });
    }),
  );
}

/** One word for sbatch, but none that would keep it from submitting, or from answering with an id. */
function requireRawOption(word: string): string {
  const [option] = parseSbatchArgs([word]).options;
  const spec = option === undefined ? undefined : findSbatchOptions(option.name)[0];
  if (word.startsWith('-') && !/[\0\n]/.test(word) && spec?.steersSbatch !== true) return word;
  throw new UsageError(`\`${word}\` cannot be handed over with --slurm-arg`, {
    code: 'usage.option_value',
    hint:
      spec?.steersSbatch === true
        ? `Use srunx's own --${spec.name} where it has one.`
        : 'Write one option, such as --slurm-arg=--bell=2.',
  });
}

function listOf(value: SbatchWords['own'][string] | undefined): readonly string[] {
  return Array.isArray(value) ? value : [];
}
