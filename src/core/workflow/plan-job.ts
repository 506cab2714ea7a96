import { lintScript } from '../job/lint-script.ts';
import { renderScript } from '../job/render-script.ts';
import { resourceOptions } from '../job/resources-schema.ts';
import type { PlanInput, PlannedJob } from './plan.ts';
import type { Problem } from './problems.ts';
import type { ReadJob } from './read-jobs.ts';

const defaultLogDir = 'logs';

/** What reaches the cluster for one job; `undefined` where something is wrong with it, which is added to `problems`. */
export function planJob(
  read: ReadJob,
  input: Pick<PlanInput, 'launcher' | 'readScript' | 'renderer'> & { readonly problems: Problem[] },
): PlannedJob | undefined {
  const { name, edges, job } = read;
  const script = job.command === undefined ? userScript(read, input) : renderCommand(read, input);
  if (script === undefined) return undefined;
  const logDir = job.log_dir ?? defaultLogDir;
  const log = `${logDir === '' ? '' : `${logDir.replace(/\/+$/, '')}/`}%x_%j.log`;
  return {
    name,
    kind: job.command === undefined ? 'shell' : 'command',
    edges,
    args: job.script_args ?? [],
    options: [
      `--job-name=${name}`,
      ...resourceOptions(job.resources),
      `--output=${log}`,
      ...(job.work_dir ? [`--chdir=${job.work_dir}`] : []),
    ],
    env: { ...job.script_vars, ...job.environment.envVars },
    wrapped: job.command !== undefined,
    script,
    ...(logDir === '' ? {} : { logDir }),
    ...(job.work_dir ? { workDir: job.work_dir } : {}),
  };
}

function renderCommand(
  { name, job, path }: ReadJob,
  input: Pick<PlanInput, 'launcher'> & { readonly problems: Problem[] },
): string | undefined {
  for (const key of ['script_args', 'script_vars'] as const) {
    if (job[key] === undefined) continue;
    input.problems.push({
      path: [...path, key],
      atKey: true,
      message: `job \`${name}\` has a \`command\`, so \`${key}\` has no meaning`,
      hint: 'Write the values into the command.',
    });
    return undefined;
  }
  const { command = '', srun_args: srunArgs, launch_prefix: launchPrefix } = job;
  try {
    return renderScript({
      command,
      launcher: job.launcher ?? input.launcher,
      environment: job.environment,
      ...(srunArgs === undefined ? {} : { srunArgs }),
      ...(launchPrefix === undefined ? {} : { launchPrefix }),
    });
  } catch (error) {
    input.problems.push({
      path,
      message: `job \`${name}\`: ${error instanceof Error ? error.message : String(error)}`,
    });
    return undefined;
  }
}

/** The user's file, byte for byte; a template only where it was given variables. */
function userScript(
  read: ReadJob,
  input: Pick<PlanInput, 'readScript' | 'renderer'> & { readonly problems: Problem[] },
): string | undefined {
  const { name, job, path } = read;
  const fail = (key: string, message: string, hint?: string) =>
    void input.problems.push({ path: [...path, key], message: `job \`${name}\`: ${message}`, hint });
  const { envVars: _env, ...activation } = job.environment;
  const misplaced = [
    ...Object.keys(activation),
    ...(['launcher', 'srun_args', 'launch_prefix'] as const).filter((key) => job[key] !== undefined),
  ];
  if (misplaced.length > 0) {
    fail(
      'script_path',
      `\`${misplaced.join('`, `')}\` cannot be applied to a script, which is submitted as it is`,
      'Put it into the script, or use `command`.',
    );
    return undefined;
  }
  const scriptPath = job.script_path ?? '';
  const text = input.readScript(scriptPath);
  if (text === undefined) {
    fail(
      'script_path',
      `there is no readable script ${scriptPath}`,
      'The path is relative to the directory you start from.',
    );
    return undefined;
  }
  const script = job.script_vars === undefined ? text : renderText(text, { ...read, ...input, fail });
  if (script === undefined) return undefined;
  const errors = lintScript(script).filter(({ severity }) => severity === 'error');
  for (const { message, hint, line } of errors)
    fail('script_path', `${scriptPath}${line === undefined ? '' : `:${line}`}: ${message}`, hint);
  return errors.length > 0 ? undefined : script;
}

function renderText(
  text: string,
  {
    job,
    renderer,
    fail,
  }: Pick<ReadJob, 'job'> & Pick<PlanInput, 'renderer'> & { readonly fail: (key: string, message: string) => void },
): string | undefined {
  try {
    return renderer.render(text, job.script_vars ?? {});
  } catch (error) {
    fail('script_path', `${job.script_path}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
