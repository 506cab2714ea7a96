import type { TargetName } from '../app/app-context.ts';
import { type PlannedJob, planJob } from '../app/plan-job.ts';
import { loadScript } from '../app/read-script.ts';
import { wrapCommand } from '../app/wrap-command.ts';
import { defaultsFor, type JobDefaults } from '../core/config/job-defaults.ts';
import { UsageError } from '../core/errors.ts';
import { wrapJobName } from '../core/job/job-name.ts';
import { findSbatchOptions } from '../core/job/sbatch-option-table.ts';
import { parseSbatchArgs, type SbatchOption } from '../core/job/sbatch-options.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { validateSbatchOption } from '../core/job/validate-sbatch-option.ts';
import { parseContainerOption } from './container-option.ts';
import type { CommandContext } from './define-command.ts';
import { readJobDefaults } from './read-job-defaults.ts';
import { isTemplate, renderNamed, renderOwn, requireNoVariables } from './sbatch-template.ts';
import type { SbatchWords } from './sbatch-words.ts';

export interface SbatchJob {
  readonly job: PlannedJob;
  /** The script as named; `null` for a command or standard input. */
  readonly source: string | null;
}

/** From the words of the command line to the submission that they mean. Reads the script; sends nothing. */
export async function readSbatchJob(
  words: SbatchWords,
  { target, context }: { readonly target: TargetName; readonly context: CommandContext },
): Promise<SbatchJob> {
  const { own, slurm } = words;
  const defaults = readJobDefaults({ target, context });
  // An explicit -o is more precise than --log-dir, so it stands behind it.
  const typed = [...logOptions(own['log-dir']), ...slurm];
  // Before any script is looked for: what was typed wrongly is the nearer fault.
  for (const option of typed) validateSbatchOption(option);
  const env = { ...defaults.variables, ...readVariables(listOf(own['env'])) };
  const rawOptions = [
    ...(own['slurm-profile'] === undefined ? [] : [`--profile=${String(own['slurm-profile'])}`]),
    ...listOf(own['slurm-arg']).map(requireRawOption),
  ];
  const script = await readText(words, { target, context, defaults });
  const { bytes: text, fileName, source, args } = script;
  const options = [...(script.isOurs ? configuredPlaces(defaults, { typed, text, context }) : []), ...typed];
  const { resources } = defaults;
  const job = planJob(context.app, { script: text, fileName, args, options, rawOptions, env, defaults: resources });
  return { job, source };
}

interface Places {
  readonly typed: readonly SbatchOption[];
  readonly text: Uint8Array;
  readonly context: CommandContext;
}

/** Directories of log and work, where neither the command line nor a template names them. */
function configuredPlaces(
  { logDir, workDir }: JobDefaults,
  { typed, text, context: { app } }: Places,
): readonly SbatchOption[] {
  const said = [...typed, ...parseDirectives(new TextDecoder().decode(text))];
  const has = (...names: readonly string[]) => said.some(({ name }) => names.includes(name));
  const logs = has('output', 'error') ? undefined : (logDir ?? (app.env['SLURM_LOG_DIR'] || undefined));
  return [...logOptions(logs), ...(workDir === undefined || has('chdir') ? [] : [{ name: 'chdir', value: workDir }])];
}

interface ScriptText {
  readonly bytes: Uint8Array;
  readonly fileName: string;
  readonly source: string | null;
  readonly args: readonly string[];
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
  const fill = { target, defaults, environment: merged, typed: Object.keys(environment) };
  const template = own['template'];
  const madeFrom = own['wrap'] === undefined ? '--template' : '--wrap';
  if (file !== undefined && (template !== undefined || own['wrap'] !== undefined))
    throw needOne(`both ${madeFrom} and the script ${file} were given`);
  if (template !== undefined) {
    const { text, name } = await renderNamed(words, context.app, fill);
    return { bytes: text, fileName: name, source: null, args: [], isOurs: true };
  }
  if (own['wrap'] !== undefined) {
    requireNoVariables(own);
    const bytes = await wrapCommand({ command: String(own['wrap']), target, environment: merged });
    return { bytes, fileName: wrapJobName, source: null, args: [], isOurs: true };
  }
  const [unfit] = Object.keys(environment);
  if (unfit !== undefined) {
    throw new UsageError(`--${unfit} has no effect on a script, which is submitted as it is`, {
      code: 'usage.option_conflict',
      hint: 'Write it into the script, or submit a command with --wrap.',
    });
  }
  if (file !== undefined && file !== '-' && file !== '/dev/stdin') {
    const bytes = await loadScript(context.app, { file, target });
    const fileName = file.slice(file.lastIndexOf('/') + 1);
    const text = isTemplate(own) ? await renderOwn(words, { ...fill, bytes, file, fileName, app: context.app }) : bytes;
    return { bytes: text, fileName, source: file, args, isOurs: false };
  }
  const bytes = await context.readStdin();
  if (bytes === undefined) throw needOne('neither a script nor --wrap was given');
  // As sbatch calls such a job.
  const fileName = 'sbatch';
  const what = { bytes, file: 'standard input', fileName, app: context.app };
  const text = isTemplate(own) ? await renderOwn(words, { ...fill, ...what }) : bytes;
  return { bytes: text, fileName, source: null, args, isOurs: false };
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

/** Conda, venv and container, under the names of a workflow file. */
function readEnvironment(own: SbatchWords['own']): Record<string, unknown> {
  const text = (name: string) => (own[name] === undefined ? undefined : String(own[name]));
  const container = own['no-container'] === true ? {} : readContainer(text);
  return {
    ...(text('conda') === undefined ? {} : { conda: text('conda') }),
    ...(text('venv') === undefined ? {} : { venv: text('venv') }),
    ...(Object.keys(container).length === 0 ? {} : { container }),
  };
}

/** What is typed takes the place of what is configured and cannot stand beside it; a container without an image adds to the configured one. */
function mergeEnvironment(
  configured: JobDefaults['environment'],
  typed: Readonly<Record<string, unknown>>,
  { noContainer }: { readonly noContainer: boolean },
): Readonly<Record<string, unknown>> {
  const { container, ...rest } = {
    ...defaultsFor(
      configured,
      Object.keys(typed).filter((key) => key !== 'container'),
    ),
    ...typed,
  };
  if (noContainer) return rest;
  const [base, own] = [configured['container'], typed['container']] as readonly (Record<string, unknown> | undefined)[];
  if (base === undefined || own === undefined) return container === undefined ? rest : { ...rest, container };
  const merged = own['image'] === undefined ? { ...base, ...own } : { runtime: base['runtime'], ...own };
  return { ...rest, container: Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) };
}

function readContainer(text: (name: string) => string | undefined): Record<string, unknown> {
  const given = text('container');
  const pairs = {
    image: text('container-image'),
    mounts: text('container-mounts')?.split(','),
    workdir: text('container-workdir'),
    runtime: text('container-runtime'),
  };
  const set = Object.entries(pairs).filter(([, value]) => value !== undefined);
  return { ...(given === undefined ? {} : parseContainerOption(given)), ...Object.fromEntries(set) };
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
