import { ConfigError, SrunxError, UsageError } from '../errors.ts';
import { renderContainer } from '../job/container.ts';
import { lintScript } from '../job/lint-script.ts';
import { renderActivation } from '../job/render-activation.ts';
import { commandWords, type Launcher } from '../job/render-script.ts';
import { renderJobTemplate } from '../template/render-job-template.ts';
import { containerNames, templateValues } from '../template/template-values.ts';
import { offsetOf } from './file-tree.ts';
import { defaultLogDir } from './plan-logs.ts';
import type { ReadJob } from './read-jobs.ts';
import type { ScriptContext } from './user-script.ts';

export interface TemplateText {
  readonly text: string;
  /** As messages call it. */
  readonly what: string;
}

/** Finds a template of the registry; throws a SrunxError, or gives `undefined`, where there is none. */
export type TemplateReader = (name: string) => TemplateText | undefined;

export interface TemplatedCommand {
  /** What other jobs write is in it already. */
  readonly command: string | readonly string[];
  readonly launcher: Launcher;
  readonly readTemplate: TemplateReader | undefined;
}

/** The batch script that a template makes of a command; `undefined` where something is wrong, which is added to the problems. */
export function renderFromTemplate(
  read: ReadJob,
  given: TemplatedCommand,
  { renderer, problems, warnings }: Omit<ScriptContext, 'readScript'>,
): string | undefined {
  const { name, job, node } = read;
  const offset = offsetOf(node, ['template']);
  const fail = (message: string, hint: string | undefined): undefined => {
    problems.push({ offset, message: `job \`${name}\`: ${message}`, hint });
  };
  const { launcher } = given;
  if (launcher === 'torchrun')
    return fail(
      '`template` and `launcher: torchrun` both say how it is started',
      'Remove `launcher`, and use the template torchrun.',
    );
  try {
    const found = given.readTemplate?.(job.template ?? '');
    if (found === undefined)
      return fail(`there is no template \`${job.template}\``, '`srunx template list` shows the names.');
    const { script } = renderJobTemplate({
      ...found,
      values: valuesOf(read, { ...given, launcher }),
      variables: Object.keys(job.script_vars ?? {}),
      asked: askedOf(read),
      renderer,
    });
    for (const { severity, message, hint, line } of lintScript(script)) {
      const words = `${found.what}${line === undefined ? '' : `, line ${line} of the script`}: ${message}`;
      if (severity === 'error') return fail(words, hint);
      warnings.push(words);
    }
    return script;
  } catch (error) {
    if (!(error instanceof SrunxError)) throw error;
    // What its hint says of `--var` is for `sbatch`.
    return fail(error.message, error instanceof UsageError ? valueHint : error.hint);
  }
}

const valueHint =
  'A template sees the keys of `resources`, `environment` and the launch, and `script_vars`: `srunx template show NAME` prints it.';

function valuesOf(
  { name, job, control }: ReadJob,
  { command, launcher }: Omit<TemplatedCommand, 'readTemplate'>,
): ReturnType<typeof templateValues> {
  const { environment } = job;
  const container = renderContainer(environment.container);
  const usesSrun = launcher === 'srun';
  if (!usesSrun && container !== undefined && container.srunArgs.length > 0) {
    const hint = 'Use the launcher srun, or the runtime apptainer.';
    throw new ConfigError(`pyxis containers need srun, but the launcher is ${launcher}`, {
      code: 'config.pyxis_launcher',
      hint,
    });
  }
  const words = (text: string | undefined) => (text === undefined ? [] : [text.trim()]);
  return templateValues({
    options: [],
    resources: { ...job.resources, ...(control.array === undefined ? {} : { array: control.array }) },
    jobName: name,
    command: commandWords(command).join(' '),
    usesSrun,
    srunArgs: [...(container?.srunArgs ?? []), ...words(job.srun_args)],
    launchPrefix: [
      ...(launcher === 'mpirun' ? ['mpirun'] : []),
      ...(container?.prefix ?? []),
      ...words(job.launch_prefix),
    ],
    setUp: renderActivation(environment),
    container: environment.container == null ? undefined : snakeKeys(environment.container),
    logDir: job.log_dir ?? defaultLogDir,
    workDir: job.work_dir,
    variables: job.script_vars ?? {},
  });
}

function snakeKeys(value: object): Record<string, unknown> {
  const key = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [key(name), item]));
}

/** What the template must have a place for: otherwise it would be without effect. */
function askedOf({ job }: ReadJob): { readonly option: string; readonly names: readonly string[] }[] {
  const { container, conda, venv, modules, envSetup } = job.environment;
  const setUp = { conda, venv, modules, env_setup: envSetup };
  const given = Object.entries(setUp).filter(([, value]) => value != null);
  return [
    { option: '`command`', names: ['launch', 'command'] },
    ...given.map(([key]) => ({ option: `\`${key}\``, names: ['environment_setup'] })),
    ...(container?.image ? [{ option: '`container`', names: containerNames }] : []),
    ...(job.srun_args === undefined ? [] : [{ option: '`srun_args`', names: ['launch', 'srun_args'] }]),
    ...(job.launch_prefix === undefined ? [] : [{ option: '`launch_prefix`', names: ['launch', 'launch_prefix'] }]),
  ];
}
