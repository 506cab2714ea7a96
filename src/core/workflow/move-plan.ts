import { inRoot, type SentCode } from '../sync/sent-code.ts';
import type { Plan, PlannedJob } from './plan.ts';
import type { Stage, SweepPlan } from './plan-sweep.ts';

export interface PlanMove {
  readonly code: readonly Pick<SentCode, 'remote' | 'root'>[];
  /** In which the jobs are submitted, as it is in the mount. */
  readonly cwd: string;
}

/**
 * A plan as it runs where copies of the code were made: the jobs work in these. Their logs, and what they are said to need and to make,
 * stay where they would be without.
 */
export function movePlan<Any extends Plan | SweepPlan>(plan: Any, move: PlanMove): Any;
export function movePlan(plan: Plan | SweepPlan, move: PlanMove): Plan | SweepPlan {
  if (move.code.every(({ remote, root }) => remote === root)) return plan;
  if ('jobs' in plan) return { ...plan, jobs: plan.jobs.map((job) => moveJob(job, move)) };
  const { groups, reduce } = plan;
  return {
    ...plan,
    groups: groups.map((group) => ({ ...group, stages: group.stages.map((stage) => moveStage(stage, move)) })),
    ...(reduce === undefined ? {} : { reduce: { ...reduce, jobs: reduce.jobs.map((job) => moveJob(job, move)) } }),
  };
}

function moveStage({ job, varies, rows }: Stage, move: PlanMove): Stage {
  const { workDir } = varies;
  const moveRow = (row: readonly string[]) =>
    row.map((text, place) => (place === workDir ? inRoot(text, move.code) : text));
  return { job: moveJob(job, move), varies, rows: workDir === undefined ? rows : rows.map(moveRow) };
}

function moveJob(job: PlannedJob, { code, cwd }: PlanMove): PlannedJob {
  const { workDir, logDir, files, inPlace } = job;
  const log = (path: string) => resolve(resolve(cwd, workDir ?? ''), path);
  const moveOption = (option: string): string => {
    const [, name = '', value = ''] = /^--(chdir|output|error)=(.+)$/.exec(option) ?? [];
    if (name === '') return option;
    return `--${name}=${name === 'chdir' ? inRoot(value, code) : log(value)}`;
  };
  const moved = (path: string) => inRoot(path, code);
  return {
    ...job,
    options: job.options.map(moveOption),
    ...(workDir === undefined ? {} : { workDir: moved(workDir) }),
    ...(logDir === undefined ? {} : { logDir: log(logDir) }),
    ...(inPlace === undefined ? {} : { inPlace: moved(inPlace) }),
    ...(files?.directory === undefined ? {} : { files: { ...files, directory: moved(files.directory) } }),
  };
}

function resolve(directory: string, path: string): string {
  if (path.startsWith('/')) return path;
  return path === '' ? directory : `${directory}/${path}`;
}
