import type { Submission, SubmissionBatch } from '../cluster/cluster.ts';
import type { ExportsShellOptions, ValuesPlace } from '../core/job/exports-shell.ts';
import { renderFiles } from '../core/job/files-shell.ts';
import { directiveLines } from '../core/job/script-directives.ts';
import { renderStopOthers, type StopRule } from '../core/job/stop-others.ts';
import { renderWrapper } from '../core/job/wrapper.ts';
import { type DrivenEdges, drivenEdges } from '../core/workflow/driven-edges.ts';
import { nativeEdges } from '../core/workflow/native-edges.ts';
import type { Plan, PlannedJob } from '../core/workflow/plan.ts';
import { stopRule } from '../core/workflow/stop-rule.ts';
import { hasAttempts } from './describe-run.ts';
import { planFile } from './stored-plan.ts';

export interface CompileOptions {
  readonly runId: string;
  /** Absolute plan directory on the cluster. */
  readonly directory: string;
  /** Working directory of the submission, on the cluster. */
  readonly cwd: string;
  /** srunx submits jobs again that fail, because they cannot put themselves back into the queue. */
  readonly isDriven?: boolean | undefined;
  /** Stored beside the scripts: what another machine needs to attach to the run. */
  readonly description: string;
  /** Where it is moved: as it was planned, and is kept. */
  readonly asPlanned?: Plan | undefined;
  /** More that is kept in the plan directory. */
  readonly extraFiles?: SubmissionBatch['files'];
}

/** The key to exactly-once of one job of a run. */
export function tokenOf(runId: string, ordinal: number | ''): string {
  return `${runId}-${ordinal}`;
}

/** A plan as native submissions: files of the plan directory, and one `sbatch` per job with its edges. */
export function compileBatch(plan: Plan, options: CompileOptions): SubmissionBatch {
  const { runId, directory, isDriven = false } = options;
  const retried = new Set(isDriven ? plan.jobs.filter(hasAttempts).map(({ name }) => name) : []);
  const ordinals = new Map(plan.jobs.map((job, index) => [job.name, index]));
  const edges = nativeEdges(plan.jobs);
  const former = formerOf(plan);
  const token = (name: string) => tokenOf(runId, ordinals.get(name) ?? -1);
  const submissions = plan.jobs.map(
    (job, index): Submission => ({
      token: tokenOf(runId, index),
      script: (job.wrapped ? undefined : job.inPlace) ?? `${directory}/${tokenOf(runId, index)}.sh`,
      args: job.args,
      options: job.options,
      ...edgesOf(
        drivenEdges(edges.get(job.name) ?? [], (parent) => retried.has(parent)),
        token,
      ),
      env: job.env,
      cwd: options.cwd,
      ...whenFailed(stopRule(job, { jobs: plan.jobs, token }), tokenOf(runId, '')),
    }),
  );
  return {
    directory,
    files: [
      ...plan.jobs.flatMap((job, index) =>
        filesOf(job, {
          ...{ runId, index, directory, plan, ordinals, former },
          stop: stopRule(job, { jobs: plan.jobs, token }),
          isDriven: retried.has(job.name),
        }),
      ),
      ...(plan.former ?? []).map(({ name, values }) => ({ path: formerFile(directory, name), content: values })),
      planFile(options.asPlanned ?? plan, directory),
      ...(options.extraFiles ?? []),
      // Last: a directory with a description is complete.
      { path: `${directory}/run.json`, content: options.description },
    ],
    submissions,
  };
}

function edgesOf(
  { native, withheld, mayMove }: DrivenEdges,
  token: (name: string) => string,
): Pick<Submission, 'dependencies' | 'waitsForDriver' | 'withheld'> {
  return {
    dependencies: native.map(({ type, parent }) => ({ type, token: token(parent) })),
    ...(mayMove ? { waitsForDriver: true } : {}),
    ...(withheld.length > 0 ? { withheld: true } : {}),
  };
}

function whenFailed(rule: StopRule | undefined, within: string): Pick<Submission, 'onFailure'> {
  return rule === undefined ? {} : { onFailure: { ...rule, within } };
}

interface FilesContext {
  readonly runId: string;
  readonly index: number;
  readonly directory: string;
  readonly plan: Plan;
  readonly ordinals: ReadonlyMap<string, number>;
  readonly stop: StopRule | undefined;
  readonly former: Former;
  readonly isDriven: boolean;
}

/** What was done in earlier runs. */
interface Former {
  /** Of jobs that have written values. */
  readonly names: ReadonlySet<string>;
  /** To jobs that are not of this run, by the names of those that are. */
  readonly edges: ReadonlyMap<string, Plan['satisfied']>;
}

function formerOf({ former = [], satisfied }: Plan): Former {
  const edges = former.length === 0 ? [] : satisfied;
  return { names: new Set(former.map(({ name }) => name)), edges: Map.groupBy(edges, ({ job }) => job) };
}

/** Values that jobs write when they run: from all that this one waits for, and that have a wrapper. */
function exportsOf(
  job: PlannedJob,
  { runId, directory, plan, ordinals, former }: Omit<FilesContext, 'stop' | 'isDriven'>,
): ExportsShellOptions {
  const place = (name: string): ValuesPlace | undefined => {
    const ordinal = ordinals.get(name);
    if (ordinal === undefined) return former.names.has(name) ? { file: formerFile(directory, name) } : undefined;
    return { token: tokenOf(runId, ordinal) };
  };
  const done = former.edges.get(job.name)?.map(({ edge }) => edge) ?? [];
  const names = new Set([...job.edges, ...done].map(({ parent }) => parent));
  return {
    directory,
    parents: [...names].flatMap((name) => {
      const found = plan.jobs[ordinals.get(name) ?? -1]?.wrapped === false ? undefined : place(name);
      return found === undefined ? [] : [{ name, ...found }];
    }),
    // A reader without a writer is no plan.
    reads: (job.reads ?? []).map((read) => ({ ...read, ...(place(read.parent) ?? { file: '/dev/null' }) })),
  };
}

function formerFile(directory: string, name: string): string {
  return `${directory}/former/${name}`;
}

function filesOf(
  job: PlannedJob,
  { runId, index, directory, stop, isDriven, ...others }: FilesContext,
): SubmissionBatch['files'] {
  const token = tokenOf(runId, index);
  const script = { path: `${directory}/${token}.sh`, mode: 0o700 };
  if (!job.wrapped) return [{ ...script, content: job.script }];
  const payload = `${directory}/payload/${job.name}`;
  const wrapper = renderWrapper({
    directory,
    token,
    payload,
    directives: job.kind === 'shell' ? directiveLines(job.script) : [],
    env: { SRUNX_RUN: runId, SRUNX_JOB: job.name },
    exports: exportsOf(job, { runId, index, directory, ...others }),
    files: job.files && renderFiles(job.files),
    retry: job.retry,
    checkpoint: job.checkpoint,
    ...(isDriven ? { retriedBy: 'srunx' } : {}),
    ...(stop === undefined ? {} : { onFailure: renderStopOthers({ ...stop, directory, token }) }),
  });
  return [
    { path: payload, content: job.script, mode: 0o700 },
    { ...script, content: wrapper },
  ];
}
