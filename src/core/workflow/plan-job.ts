import type { JobDefaults } from '../config/job-defaults.ts';
import { ConfigError } from '../errors.ts';
import { insertVariables } from '../job/insert-variables.ts';
import { type Launcher, renderScript, startsSteps } from '../job/render-script.ts';
import { resourceOptions } from '../job/resources-schema.ts';
import { parseDirectives } from '../job/script-directives.ts';
import { quoteWords } from '../quote.ts';
import { configuredProblem } from './configured-fault.ts';
import { stopsOthers } from './error-strategy.ts';
import { offsetOf } from './file-tree.ts';
import type { Combination } from './matrix.ts';
import { type JobPlaces, placeJob } from './place-job.ts';
import type { PlanInput, PlannedJob } from './plan.ts';
import { planFiles } from './plan-files.ts';
import { planLogs } from './plan-logs.ts';
import { type PlannedRetry, planRetry } from './plan-retry.ts';
import type { ReadJob } from './read-jobs.ts';
import { renderFromTemplate, type TemplateReader } from './template-script.ts';
import { readUserScript, type ScriptContext } from './user-script.ts';

export interface PlanJobContext extends ScriptContext {
  /** Of a file that is a sweep: for a cell, the job is a task. */
  readonly part?: PlanInput['part'];
  readonly readTemplate?: TemplateReader | undefined;
  readonly places?: JobPlaces | undefined;
  readonly launcher: Launcher;
  readonly defaults?: JobDefaults | undefined;
}

/** What reaches the cluster for one job; `undefined` where something is wrong with it, which is added to `problems`. */
export function planJob(given: ReadJob, context: PlanJobContext): PlannedJob | undefined {
  const read = placeJob(given, context.places);
  const isCommand = read.job.command !== undefined;
  const script = isCommand ? renderCommand(read, context) : readUserScript(read, context);
  if (script === undefined) return undefined;
  const inPlace = isCommand ? undefined : inPlaceOf({ read, script }, context);
  return { ...describeJob({ read, script }, context), ...(inPlace === undefined ? {} : { inPlace }) };
}

interface ScriptedJob {
  readonly read: ReadJob;
  readonly script: string;
}

/** Not of the cells of a sweep, which have a wrapper each. */
function inPlaceOf({ read, script }: ScriptedJob, { places, part, readScript }: PlanJobContext): string | undefined {
  const { script_path: path = '' } = read.job;
  if (places === undefined || part !== undefined) return undefined;
  const withoutEnd = (text: string | undefined) => text?.replace(/\n+$/, '');
  return withoutEnd(readScript(path)) === withoutEnd(script) ? places.script(path) : undefined;
}

function describeJob({ read, script }: ScriptedJob, context: PlanJobContext): PlannedJob {
  const { name, job, control } = read;
  const onError = control.on_error ?? read.unit.onError;
  const isCommand = job.command !== undefined;
  const retry = readRetry(read, context);
  // A script of the user's may say it itself.
  const userScript = isCommand && job.template === undefined ? '' : script;
  const array = control.array ?? parseDirectives(userScript).findLast((given) => given.name === 'array')?.value;
  const logs = planLogs(read, { userScript, isArray: array !== undefined || context.part?.kind === 'cell' });
  const files = planFiles(read, { userScript: isCommand ? '' : script, problems: context.problems });
  const env = { ...job.script_vars, ...job.environment.envVars };
  const setsExport = job.resources.sbatch_args?.some((word) => word.startsWith('--export=')) ?? false;
  return {
    name,
    kind: isCommand && job.template === undefined ? 'command' : 'shell',
    edges: read.edges.map(({ type, parent }) => ({ type, parent })),
    args: job.script_args ?? [],
    options: [
      `--job-name=${name}`,
      ...resourceOptions(job.resources),
      ...(control.array === undefined ? [] : [`--array=${control.array}`]),
      ...logs.options,
      ...(job.work_dir ? [`--chdir=${job.work_dir}`] : []),
      ...(retry?.options.filter((option) => option !== '--requeue' || job.resources.requeue !== true) ?? []),
      // These variables were asked for, whatever the site or the script says of the environment.
      ...(Object.keys(env).length > 0 && !setsExport ? ['--export=ALL'] : []),
    ],
    env,
    // A script that promises values or files to others must say whether it ended well, and one that ends others does so itself; any other is
    // submitted byte for byte.
    wrapped:
      isCommand ||
      Object.keys(job.exports ?? {}).length > 0 ||
      retry !== undefined ||
      files !== undefined ||
      stopsOthers(onError),
    script,
    ...(onError === 'keep-going' ? {} : { onError }),
    ...(array === undefined ? {} : { array }),
    ...(read.family === undefined ? {} : { family: read.family }),
    ...(read.matrix === undefined ? {} : { matrix: textsOfMatrix(read.matrix) }),
    ...(read.handles === undefined ? {} : { handles: read.handles }),
    ...(read.isFinal === true ? { isFinal: true } : {}),
    ...(logs.directory === undefined ? {} : { logDir: logs.directory }),
    ...(job.work_dir ? { workDir: job.work_dir } : {}),
    ...(files === undefined ? {} : { files }),
    ...(read.reads.length === 0 ? {} : { reads: read.reads }),
    ...(retry?.retry === undefined ? {} : { retry: retry.retry }),
    ...(retry?.checkpoint === undefined ? {} : { checkpoint: retry.checkpoint }),
  };
}

/** What is wrong with it is added to the problems. */
function readRetry({ name, job, node }: ReadJob, { problems }: PlanJobContext): PlannedRetry | undefined {
  const planned = planRetry(job);
  if (planned === undefined || 'options' in planned) return planned;
  for (const { key, message, hint } of planned)
    problems.push({
      offset: offsetOf(node, [key], { atKey: true }),
      message: `job \`${name}\`: \`${key}\` ${message}`,
      hint,
    });
  return undefined;
}

function textsOfMatrix(matrix: Combination): Record<string, string> {
  return Object.fromEntries([...matrix].map(([key, { text }]) => [key, text]));
}

/** Nothing but srun can start such a container. */
function hasPyxis({ environment: { container } }: ReadJob['job']): boolean {
  return container?.image !== undefined && (container.runtime ?? 'pyxis') === 'pyxis';
}

/** With variables in the place of what other jobs write when they run. Words with such values need a shell to fill them in. */
function insertReads(
  command: string | readonly string[],
): { readonly command: string | readonly string[] } | { readonly fault: string } {
  const isText = typeof command === 'string';
  if (!isText && !command.some((word) => word.includes('\u0001'))) return { command };
  const inserted = insertVariables(isText ? command : `exec -- ${quoteWords(command)}`);
  return 'text' in inserted ? { command: inserted.text } : inserted;
}

function renderCommand(read: ReadJob, context: PlanJobContext): string | undefined {
  const { name, job, node } = read;
  const { launcher, problems, defaults } = context;
  // A template is filled with them.
  const keys = job.template === undefined ? (['script_args', 'script_vars'] as const) : (['script_args'] as const);
  const misplaced = keys.filter((key) => job[key] !== undefined);
  for (const key of misplaced) {
    const message = `job \`${name}\` has a \`command\`, so \`${key}\` has no meaning`;
    problems.push({
      offset: offsetOf(node, [key], { atKey: true }),
      message,
      hint: 'Write the values into the command.',
    });
  }
  if (misplaced.length > 0) return undefined;
  const { command: written = '', srun_args: srunArgs, launch_prefix: launchPrefix } = job;
  const inserted = insertReads(written);
  if ('fault' in inserted) {
    problems.push({ offset: offsetOf(node, ['command']), message: `job \`${name}\`: \`command\`: ${inserted.fault}` });
    return undefined;
  }
  const { command } = inserted;
  const chosen = job.launcher ?? (startsSteps(written) && !hasPyxis(job) ? 'none' : launcher);
  if (job.template !== undefined) {
    return renderFromTemplate(read, { command, launcher: chosen, readTemplate: context.readTemplate }, context);
  }
  try {
    return renderScript({
      command,
      launcher: chosen,
      environment: job.environment,
      ...(srunArgs === undefined ? {} : { srunArgs }),
      ...(launchPrefix === undefined ? {} : { launchPrefix }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message, hint } = error;
    const fault = { path: ['container'], group: 'environment', message, hint } as const;
    // A launcher of the job's own may not go with a container that others can start.
    const configured = job.launcher === undefined ? configuredProblem(fault, { node, defaults }) : undefined;
    problems.push(configured ?? { offset: node.offset, message: `job \`${name}\`: ${message}`, hint });
    return undefined;
  }
}
