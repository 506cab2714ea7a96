import { ConfigError } from '../core/errors.ts';
import { type RenderedContainer, renderContainer } from '../core/job/container.ts';
import type { JobEnvironment } from '../core/job/environment-schema.ts';
import { renderActivation } from '../core/job/render-activation.ts';
import type { SbatchOption } from '../core/job/sbatch-options.ts';
import { quoteWord } from '../core/quote.ts';
import { renderJobTemplate } from '../core/template/render-job-template.ts';
import { containerNames, templateValues } from '../core/template/template-values.ts';
import type { TargetName } from './app-context.ts';
import { type EnvironmentRequest, parseEnvironment, renderEnvironment } from './parse-environment.ts';

export interface FillRequest extends EnvironmentRequest {
  /** As messages call it: `the template \`gpu\``. */
  readonly what: string;
  readonly text: string;
  readonly target: TargetName;
  /** Shell text. */
  readonly command: string | undefined;
  readonly jobName: string;
  /** Options of sbatch, as typed. */
  readonly options: readonly SbatchOption[];
  /** Of the configuration, under the keys of a workflow file. */
  readonly resources: Readonly<Record<string, unknown>>;
  readonly logDir: string | undefined;
  readonly workDir: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Keys of the environment that were typed: the template must have a place for them. */
  readonly typed: readonly string[];
}

/** The batch script of a template, and the names that it uses. */
export async function fillTemplate(
  request: FillRequest,
): Promise<{ readonly script: string; readonly names: ReadonlySet<string> }> {
  const { what, text, target, command, variables } = request;
  const environment = await parseEnvironment(request);
  const usesSrun = target !== 'embedded';
  const container = renderEnvironment(request, () => containerOf(environment, { usesSrun }));
  const values = templateValues({
    ...request,
    command: command === undefined ? undefined : `bash -c ${quoteWord(command)}`,
    usesSrun,
    srunArgs: container?.srunArgs ?? [],
    launchPrefix: container?.prefix ?? [],
    setUp: renderActivation(environment),
    container: request.environment['container'] as Readonly<Record<string, unknown>> | undefined,
  });
  // Some milliseconds of WASM, which only templates need.
  const { createRenderer } = await import('../templates/minijinja-renderer.ts');
  const renderer = createRenderer();
  return renderJobTemplate({
    what,
    text,
    values,
    variables: Object.keys(variables),
    asked: askedOf(request),
    renderer,
  });
}

function containerOf(
  environment: JobEnvironment,
  { usesSrun }: { readonly usesSrun: boolean },
): RenderedContainer | undefined {
  const container = renderContainer(environment.container);
  if (usesSrun || container === undefined || container.srunArgs.length === 0) return container;
  throw new ConfigError('pyxis containers need srun, which is not there without Slurm', {
    code: 'config.pyxis_launcher',
    hint: 'Use the runtime apptainer, or --no-container.',
  });
}

function askedOf({ command, typed }: FillRequest): { readonly option: string; readonly names: readonly string[] }[] {
  return [
    ...(command === undefined ? [] : [{ option: '--wrap', names: ['launch', 'command'] }]),
    ...typed.map((key) => ({
      option: `--${key}`,
      names: key === 'container' ? containerNames : ['environment_setup'],
    })),
  ];
}
