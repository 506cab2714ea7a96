import type { Submission, SubmissionBatch, SubmissionDependency, SubmissionTurn } from '../cluster/cluster.ts';
import { BugError } from '../core/errors.ts';
import { cellList, renderCellList, renderTaskList, taskList } from '../core/job/all-cells-shell.ts';
import { cellTable, renderCell, renderCellTable } from '../core/job/cell-shell.ts';
import type { ExportsShellOptions } from '../core/job/exports-shell.ts';
import { renderFiles } from '../core/job/files-shell.ts';
import { directiveLines } from '../core/job/script-directives.ts';
import { arrayTable, renderArrayTable, renderStopSweep, stageRole } from '../core/job/stop-sweep.ts';
import { renderWrapper } from '../core/job/wrapper.ts';
import { nativeEdges } from '../core/workflow/native-edges.ts';
import type { CellGroup, Stage, SweepPlan } from '../core/workflow/plan-sweep.ts';
import { cellsInTurn, takeTurns } from './cell-turns.ts';
import { tokenOf } from './compile-batch.ts';
import { compileReduce } from './compile-reduce.ts';
import type { SweepArray } from './lay-out-arrays.ts';
import { planFile } from './stored-plan.ts';
import { handoverDirectory, partName, payloadName } from './sweep-parts.ts';

export interface CompileSweepOptions {
  readonly runId: string;
  /** Absolute plan directory on the cluster. */
  readonly directory: string;
  /** Working directory of the submission, on the cluster. */
  readonly cwd: string;
  readonly arrays: readonly SweepArray[];
  readonly description: string;
  /** Where some of the arrays have a window. */
  readonly windows?: SubmissionBatch['windows'];
  readonly extraFiles?: SubmissionBatch['files'];
  /** Where it is moved: as it was planned, and is kept. */
  readonly asPlanned?: SweepPlan | undefined;
  /** Of what is added to a sweep. */
  readonly part?: AddedPart | undefined;
}

/** What is added to a sweep that was handed over before: it has a hand-over of its own. */
export interface AddedPart {
  readonly number: number;
  /** Of the parts before it. */
  readonly parts: readonly number[];
  /** How many groups of cells the sweep has had before. */
  readonly firstGroup: number;
  /** By the names of jobs, ids of arrays in whose places those of this part run: they have to end first. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  /** For each group, by the names of its jobs: those that each has waited for before, and where they have written their values. */
  readonly former: readonly FormerParents[];
}

export type FormerParents = ReadonlyMap<string, ReadonlyMap<string, FormerPlace>>;

/** An array of an earlier part that has the same cells. */
export interface FormerPlace {
  readonly token: string;
  readonly offset: number;
}

/** A sweep as native submissions: an array for each job of the workflow, group of cells and chunk. */
export function compileSweep(plan: SweepPlan, options: CompileSweepOptions): SubmissionBatch {
  const { arrays } = options;
  const directory = handoverDirectory(options.directory, options.part?.number);
  const first = options.part?.firstGroup ?? 0;
  const after = compileReduce(plan.reduce?.jobs ?? [], options);
  const cellsAtOnce = cellsInTurn(plan);
  const turns = cellsAtOnce === undefined ? undefined : turnsOf(arrays, cellsAtOnce);
  const parts = withSiblings(plan, arrays, first).map((sibling) => partOf(plan, sibling, { ...options, turns }));
  const texts = new Map<number, (readonly string[])[]>();
  for (const { cells, stages } of plan.groups) {
    for (const [at, cell] of cells.entries())
      texts.set(
        cell,
        stages.map(({ rows }) => rows[at] ?? []),
      );
  }
  const rows = plan.cells.map(({ index, name, params }) => ({
    index,
    name,
    values: params,
    stages: texts.get(index) ?? [],
  }));
  return {
    directory,
    files: [
      { path: cellTable(directory), content: renderCellTable(rows), mode: 0o600 },
      { path: cellList(directory), content: renderCellList(options.directory, rows), mode: 0o600 },
      { path: taskList(directory), content: listTasks(plan, arrays, first), mode: 0o600 },
      ...(plan.failFast === undefined
        ? []
        : [{ path: arrayTable(directory), content: listArrays(plan, arrays, first) }]),
      ...parts.flatMap(({ files }) => files),
      ...after.files,
      planFile(options.asPlanned ?? plan, directory),
      ...(options.extraFiles ?? []),
      // Last: a directory with a description is complete.
      { path: `${options.directory}/run.json`, content: options.description },
    ],
    submissions: [...parts.map(({ submission }) => submission), ...after.submissions],
    windows: options.windows,
  };
}

/** A window begins when the one before it has ended, so its cells wait for none of that. */
function turnsOf(arrays: readonly SweepArray[], cellsAtOnce: number): NonNullable<EdgeContext['turns']> {
  const windows = Map.groupBy(arrays, ({ window }) => window);
  return new Map([...windows.values()].flatMap((ofWindow) => [...takeTurns(ofWindow, cellsAtOnce)]));
}

/** For what runs after all of them. */
function listTasks({ groups }: SweepPlan, arrays: readonly SweepArray[], firstGroup: number): string {
  const edges = groups.map(({ stages }) => nativeEdges(stages.map(({ job }) => job)));
  return renderTaskList(
    arrays.flatMap(({ group, stage, token, offset, tasks }) => {
      const job = groups[group - firstGroup]?.stages[stage]?.job;
      if (job === undefined) return [];
      const { name, onError } = job;
      const ignored = onError === 'ignore';
      return [{ token, offset, tasks, job: name, ignored, edges: edges[group - firstGroup]?.get(name) ?? [] }];
    }),
  );
}

/** For the tasks that end a sweep. */
function listArrays({ groups }: SweepPlan, arrays: readonly SweepArray[], firstGroup: number): string {
  const sets = new Map<string, number>();
  return renderArrayTable(
    arrays.flatMap((array) => {
      const { group, offset, token, stage } = array;
      const job = groups[group - firstGroup]?.stages[stage]?.job;
      const key = placeOf(array);
      const set = sets.get(key) ?? sets.size;
      sets.set(key, set);
      return job === undefined ? [] : [{ set, offset, token, role: stageRole(job) }];
    }),
  );
}

/** Equal for arrays of the same cells. */
function placeOf({ group, offset, window = 0 }: SweepArray): string {
  return `${window} ${group} ${offset}`;
}

interface Sibling {
  readonly array: SweepArray;
  /** By the names of their jobs, the tokens of all arrays of the same cells. */
  readonly siblings: ReadonlyMap<string, string>;
  /** Of its job, in its group. */
  readonly isFirst: boolean;
}

function withSiblings({ groups }: SweepPlan, arrays: readonly SweepArray[], firstGroup: number): readonly Sibling[] {
  const sets = Map.groupBy(arrays, placeOf);
  const seen = new Set<string>();
  return [...sets.values()].flatMap((members) => {
    const siblings = new Map(
      members.map(({ group, stage, token }) => [groups[group - firstGroup]?.stages[stage]?.job.name ?? '', token]),
    );
    return members.map((array) => {
      const key = `${array.group} ${array.stage}`;
      const isFirst = !seen.has(key);
      seen.add(key);
      return { array, siblings, isFirst };
    });
  });
}

interface Part {
  readonly submission: Submission;
  readonly files: SubmissionBatch['files'];
}

function partOf(plan: SweepPlan, sibling: Sibling, options: CompileSweepOptions & Pick<EdgeContext, 'turns'>): Part {
  const { array, siblings, isFirst } = sibling;
  const { directory, cwd, runId, part, turns } = options;
  const group = plan.groups[array.group - (part?.firstGroup ?? 0)];
  const stage = group?.stages[array.stage];
  if (group === undefined || stage === undefined) throw new BugError('an array of no job', { code: 'bug.array' });
  const { job } = stage;
  const handover = handoverDirectory(directory, part?.number);
  const script = `${handover}/${array.token}.sh`;
  const payload = `${directory}/payload/${payloadName(job.name, array.group)}`;
  const edges = edgesOf(group, array, { siblings, turns });
  // In each lane only the first has nobody of its own part to wait for.
  const isFirstInPlace = array.follows === undefined && array.window === undefined;
  const after = isFirstInPlace ? (part?.after.get(job.name) ?? []) : [];
  return {
    submission: {
      token: array.token,
      script,
      args: job.args,
      options: [...job.options, `--array=${array.tasks}%${array.limit}`],
      ...edges,
      dependencies: [...edges.dependencies, ...after.map((jobId) => ({ type: 'afterany', jobId }) as const)],
      window: array.window,
      env: job.env,
      cwd,
      ...whenFailed(plan, { array, job, within: tokenOf(partName(runId, part?.number), '') }),
    },
    files: [
      ...(stage.varies.script === undefined && isFirst ? [{ path: payload, content: job.script, mode: 0o700 }] : []),
      {
        path: script,
        content: wrap(stage, { array, siblings, payload, options, handover, plan }),
        mode: 0o700,
      },
    ],
  };
}

/** What the wrappers do where a Slurm starts the tasks. */
function whenFailed(
  { failFast }: SweepPlan,
  { array, job, within }: { readonly array: SweepArray; readonly job: Stage['job']; readonly within: string },
): Pick<Submission, 'onFailure'> {
  if (failFast === undefined) return {};
  const { offset } = array;
  return {
    onFailure: { ends: 'sweep', ...failFast, offset, role: stageRole(job), counts: job.onError !== 'ignore', within },
  };
}

interface EdgeContext {
  readonly siblings: Sibling['siblings'];
  /** By the tokens of arrays; absent where cells do not wait for each other. */
  readonly turns: ReadonlyMap<string, readonly SubmissionTurn[]> | undefined;
}

/**
 * `afterok` is what Slurm has for two arrays; every other kind ties the tasks to each other one by one. So does a cell that waits for
 * another one, in all its jobs: arrays that wait for each other are a circle to Slurm, where their tasks are none. A task that only
 * waits for the success of others has no turn of its own.
 */
function edgesOf(
  { stages }: CellGroup,
  { stage, tasks, token, follows }: SweepArray,
  { siblings, turns }: EdgeContext,
): Pick<Submission, 'dependencies' | 'elements'> {
  const name = stages[stage]?.job.name ?? '';
  const edges = (nativeEdges(stages.map(({ job }) => job)).get(name) ?? []).map(({ type, parent }) => ({
    type,
    token: siblings.get(parent) ?? '',
  }));
  const isNative = edges.every(({ type }) => type === 'afterok');
  if (turns !== undefined || !isNative) {
    const after = follows === undefined ? {} : { after: [follows] };
    const own = isNative && edges.length > 0 ? undefined : turns?.get(token);
    return { dependencies: [], elements: { tasks, edges, ...after, ...(own === undefined ? {} : { turns: own }) } };
  }
  const native = edges.map(({ token: parent }): SubmissionDependency => ({ type: 'aftercorr', token: parent }));
  return {
    dependencies: [...native, ...(follows === undefined ? [] : [{ type: 'afterany', token: follows } as const])],
  };
}

interface WrapContext {
  readonly array: SweepArray;
  readonly siblings: ReadonlyMap<string, string>;
  readonly payload: string;
  readonly options: CompileSweepOptions;
  readonly handover: string;
  readonly plan: Pick<SweepPlan, 'failFast' | 'reduce'>;
}

function wrap({ job, varies }: Stage, context: WrapContext): string {
  const { array, payload, options, handover, plan } = context;
  const { failFast, reduce } = plan;
  const { directory, runId } = options;
  const { offset, stage, token } = array;
  return renderWrapper({
    directory,
    token,
    payload,
    directives: job.kind === 'shell' ? directiveLines(job.script) : [],
    env: { SRUNX_RUN: runId, SRUNX_JOB: job.name },
    cell: renderCell({ directory, handover, offset, stage, job: job.name, varies, isLogNoted: reduce !== undefined }),
    exports: exportsOf(job, context),
    files: job.files && renderFiles(job.files),
    retry: job.retry,
    checkpoint: job.checkpoint,
    ...(failFast === undefined || job.onError === 'ignore'
      ? {}
      : { onFailure: renderStopSweep({ directory, handover, token, ...failFast }) }),
  });
}

function exportsOf(
  { name: job, edges, reads = [] }: Stage['job'],
  { array, siblings, options: { directory, part } }: WrapContext,
): ExportsShellOptions {
  const former = part?.former[array.group - part.firstGroup]?.get(job);
  const place = (name: string) => {
    const token = siblings.get(name);
    const earlier = token === undefined ? former?.get(name) : undefined;
    if (earlier === undefined) return { token: token ?? '', perTask: true };
    return { token: earlier.token, perTask: true, shift: array.offset - earlier.offset };
  };
  const known = [...edges.map(({ parent }) => parent), ...(former?.keys() ?? [])];
  const parents = [...new Set(known)].filter((name) => siblings.has(name) || former?.has(name));
  return {
    directory,
    parents: parents.map((name) => ({ name, ...place(name) })),
    reads: reads.map((read) => ({ ...read, ...place(read.parent) })),
  };
}
