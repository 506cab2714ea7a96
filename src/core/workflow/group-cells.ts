import { BugError } from '../errors.ts';
import type { Cell } from '../sweep/sweep.ts';
import type { Plan, PlannedJob } from './plan.ts';
import type { CellGroup, Stage, Varying } from './plan-sweep.ts';

/** What is kept of the plan of a cell: there may be ten thousand. */
export type CellJobs = Pick<Plan, 'jobs' | 'skipped'>;

export function groupOf(cells: readonly Cell[], plans: readonly CellJobs[]): CellGroup {
  const [model] = plans;
  const stages = (model?.jobs ?? []).map((_, at) => stageOf(plans.flatMap(({ jobs }) => jobs[at] ?? [])));
  return { cells: cells.map(({ index }) => index), stages, skipped: model?.skipped ?? [] };
}

/** The texts of a job that are not the same in all cells of a group: a column for each. */
interface Rows {
  readonly rows: readonly (readonly string[])[];
  /** Says where the column stands. */
  readonly add: (texts: readonly string[]) => number;
}

function createRows(count: number): Rows {
  const rows: string[][] = Array.from({ length: count }, () => []);
  const add = (texts: readonly string[]): number => {
    for (const [index, text] of texts.entries()) rows[index]?.push(text);
    return (rows[0]?.length ?? 0) - 1;
  };
  return { rows, add };
}

/** One job of a workflow, as each of the cells has it. */
function stageOf(jobs: readonly PlannedJob[]): Stage {
  const [job] = jobs;
  if (job === undefined) throw new BugError('a group of cells has no cell', { code: 'bug.group' });
  const table = createRows(jobs.length);
  const script = varyScript(jobs, table);
  const env = varyEnvironment(jobs, table);
  const workDir = varyText(
    jobs.map((one) => one.workDir ?? ''),
    table,
  );
  const args = varyArgs(jobs, table);
  const { workDir: own, ...rest } = job;
  return {
    job: {
      ...(workDir === undefined ? job : rest),
      wrapped: true,
      args: args === undefined ? job.args : [],
      env: Object.fromEntries(Object.entries(job.env).filter(([key]) => env[key] === undefined)),
      options: workDir === undefined ? job.options : job.options.filter((option) => option !== `--chdir=${own}`),
    },
    varies: {
      env,
      ...(script === undefined ? {} : { script }),
      ...(args === undefined ? {} : { args }),
      ...(workDir === undefined ? {} : { workDir }),
    },
    rows: table.rows,
  };
}

function varyText(texts: readonly string[], { add }: Rows): number | undefined {
  return texts.every((text) => text === texts[0]) ? undefined : add(texts);
}

function varyEnvironment(jobs: readonly PlannedJob[], table: Rows): Varying['env'] {
  return Object.fromEntries(
    Object.keys(jobs[0]?.env ?? {}).flatMap((key) => {
      const place = varyText(
        jobs.map(({ env }) => env[key] ?? ''),
        table,
      );
      return place === undefined ? [] : [[key, place]];
    }),
  );
}

/** All of them, where one differs: they are set together. */
function varyArgs(jobs: readonly PlannedJob[], { add }: Rows): Varying['args'] | undefined {
  const [first] = jobs.map(({ args }) => JSON.stringify(args));
  if (jobs.every(({ args }) => JSON.stringify(args) === first)) return undefined;
  const places = (jobs[0]?.args ?? []).map((_, at) => add(jobs.map(({ args }) => args[at] ?? '')));
  return { from: places[0] ?? 0, count: places.length };
}

/** Lines that differ become columns; scripts of different lengths are a column as they are. */
function varyScript(jobs: readonly PlannedJob[], table: Rows): Varying['script'] | undefined {
  const scripts = jobs.map(({ script }) => script);
  if (scripts.every((script) => script === scripts[0])) return undefined;
  const lines = scripts.map((script) => script.split('\n'));
  const count = lines[0]?.length ?? 0;
  if (lines.some(({ length }) => length !== count)) return [table.add(scripts)];
  const parts = Array.from({ length: count }, (_, at) => {
    const texts = lines.map((one) => one[at] ?? '');
    const end = at < count - 1 ? '\n' : '';
    const place = varyText(texts, table);
    return place === undefined ? [`${texts[0]}${end}`] : [place, end];
  });
  return joinTexts(parts.flat());
}

function joinTexts(parts: readonly (string | number)[]): readonly (string | number)[] {
  const joined: (string | number)[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  return joined;
}
