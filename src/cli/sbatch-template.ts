import type { AppContext, TargetName } from '../app/app-context.ts';
import { findTemplate } from '../app/find-template.ts';
import type { JobDefaults } from '../core/config/job-defaults.ts';
import { ConfigError, UsageError } from '../core/errors.ts';
import { wrapJobName } from '../core/job/job-name.ts';
import type { SbatchWords } from './sbatch-words.ts';

export interface TemplateFill {
  readonly target: TargetName;
  readonly defaults: JobDefaults;
  /** Typed, else configured, under the names of a workflow file. */
  readonly environment: Readonly<Record<string, unknown>>;
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
): Promise<{ readonly text: Uint8Array; readonly name: string }> {
  const template = findTemplate(app, String(words.own['template']));
  const name = words.own['wrap'] === undefined ? template.name : wrapJobName;
  const text = await render(words, {
    ...fill,
    app,
    what: `the template \`${template.name}\``,
    text: template.text,
    name,
  });
  return { text, name };
}

interface OwnScript extends TemplateFill {
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
): Promise<Uint8Array> {
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

async function render({ own, slurm }: SbatchWords, request: RenderRequest): Promise<Uint8Array> {
  const { app, defaults, name, ...rest } = request;
  const typed = (option: string) => slurm.findLast((given) => given.name === option)?.value;
  const logDir = own['log-dir'];
  const { fillTemplate } = await import('../app/fill-template.ts');
  const script = await fillTemplate({
    ...rest,
    command: own['wrap'] === undefined ? undefined : String(own['wrap']),
    jobName: typed('job-name') ?? (app.env['SBATCH_JOB_NAME'] || name),
    options: slurm,
    resources: defaults.resources,
    logDir: logDir === undefined ? defaults.logDir : String(logDir),
    workDir: typed('chdir') ?? defaults.workDir,
    variables: readTemplateVariables(own['var']),
  });
  return new TextEncoder().encode(script);
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
