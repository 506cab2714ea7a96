import type { AppContext, TargetName } from '../app/app-context.ts';
import { findTemplate } from '../app/find-template.ts';
import type { EnvironmentRequest } from '../app/parse-environment.ts';
import { configKeyOf } from '../core/config/configured-value.ts';
import type { JobDefaults } from '../core/config/job-defaults.ts';
import { ConfigError, UsageError } from '../core/errors.ts';
import { wrapJobName } from '../core/job/job-name.ts';
import { containerNames, resourcesOpen } from '../core/template/template-values.ts';
import type { SbatchWords } from './sbatch-words.ts';

export interface TemplateFill extends EnvironmentRequest {
  readonly target: TargetName;
  readonly defaults: JobDefaults;
  /** Its keys that were typed. */
  readonly typed: readonly string[];
}

/** Whether a script is to be rendered. Any other is submitted byte for byte: `{{` and `${#array[@]}` are shell, too. */
export function isTemplate(own: SbatchWords['own']): boolean {
  return own['render'] === true || own['var'] !== undefined;
}

export function requireNoVariables(own: SbatchWords['own']): void {
  if (!isTemplate(own)) return;
  throw new UsageError(`--${own['var'] === undefined ? 'render' : 'var'} has no effect on a command`, {
    code: 'usage.option_conflict',
    hint: 'Name a template with --template, or write the value into the command.',
  });
}

/** The script of `--template`, and the name that its job has without another. */
export async function renderNamed(
  words: SbatchWords,
  app: AppContext,
  fill: TemplateFill,
): Promise<RenderedTemplate & { readonly name: string }> {
  const template = findTemplate(app, String(words.own['template']));
  const name = words.own['wrap'] === undefined ? template.name : wrapJobName;
  const what = `the template \`${template.name}\``;
  return { ...(await render(words, { ...fill, app, what, text: template.text, name })), name };
}

export interface RenderedTemplate {
  readonly text: Uint8Array;
  /** Keys of the configuration that it was filled with. */
  readonly configured: readonly string[];
}

export interface OwnScript extends TemplateFill {
  readonly bytes: Uint8Array;
  /** As messages call it. */
  readonly file: string;
  readonly fileName: string;
  readonly app: AppContext;
}

/** A script of the user's, of which somebody said that it is a template. */
export async function renderOwn(
  words: SbatchWords,
  { bytes, file, fileName, ...fill }: OwnScript,
): Promise<RenderedTemplate> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`${file} is not UTF-8 text, so it cannot be rendered`, {
      code: 'template.unusable',
      hint: 'Convert it: iconv -f latin1 -t utf-8 FILE.',
      cause: error,
    });
  }
  return render(words, { ...fill, what: file, text, name: fileName });
}

interface RenderRequest extends TemplateFill {
  readonly app: AppContext;
  readonly what: string;
  readonly text: string;
  readonly name: string;
}

async function render({ own, slurm }: SbatchWords, request: RenderRequest): Promise<RenderedTemplate> {
  const { app, defaults, name, ...rest } = request;
  const typed = (option: string) => slurm.findLast((given) => given.name === option)?.value;
  const logDir = own['log-dir'];
  const { fillTemplate } = await import('../app/fill-template.ts');
  const { script, names } = await fillTemplate({
    ...rest,
    command: own['wrap'] === undefined ? undefined : String(own['wrap']),
    jobName: typed('job-name') ?? (app.env['SBATCH_JOB_NAME'] || name),
    options: slurm,
    resources: defaults.resources,
    logDir: logDir === undefined ? defaults.logDir : String(logDir),
    workDir: typed('chdir') ?? defaults.workDir,
    variables: readTemplateVariables(own['var']),
  });
  return { text: new TextEncoder().encode(script), configured: keysUsed(names, { words: { own, slurm }, request }) };
}

/** Keys of the configuration behind the names that a template uses, but for what was typed. */
function keysUsed(
  names: ReadonlySet<string>,
  {
    words: { own, slurm },
    request: { defaults, configured },
  }: { readonly words: Pick<SbatchWords, 'own' | 'slurm'>; readonly request: RenderRequest },
): readonly string[] {
  const uses = (...any: readonly string[]) => any.some((name) => names.has(name));
  const isTyped = (option: string) => slurm.some((given) => given.name === option);
  const environment = configured.map(({ key }) => key);
  const isContainer = (key: string) => key.startsWith('environment.container');
  return [
    ...resourcesOpen(slurm, defaults.resources)
      .filter((name) => uses(name))
      .map((name) => configKeyOf('resources', name)),
    ...(uses('environment_setup') ? environment.filter((key) => !isContainer(key)) : []),
    ...(uses(...containerNames) ? environment.filter(isContainer) : []),
    ...(uses('log_dir') && own['log-dir'] === undefined ? ['log_dir'] : []),
    ...(uses('work_dir') && !isTyped('chdir') ? ['work_dir'] : []),
  ];
}

/** `KEY=VALUE` each; of one given twice, the last counts. */
export function readTemplateVariables(pairs: unknown): Readonly<Record<string, string>> {
  const words = Array.isArray(pairs) ? pairs.map(String) : [];
  return Object.fromEntries(
    words.map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
      requireFree(name);
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !value.includes('\0')) return [name, value] as const;
      throw new UsageError(`\`${pair}\` cannot be set with --var`, {
        code: 'usage.option_value',
        hint: 'Write NAME=VALUE; a name has letters, digits and _, and does not begin with a digit.',
      });
    }),
  );
}

/** What these stand for is more than a text: set by itself, it would contradict the rest. */
function requireFree(name: string): void {
  const option = { command: '--wrap', launch: '--wrap', container: '--container' }[name];
  if (option === undefined) return;
  throw new UsageError(`\`${name}\` cannot be set with --var`, {
    code: 'usage.option_value',
    hint: `Use ${option}.`,
  });
}
