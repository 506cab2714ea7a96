import type { Submission, SubmissionBatch, SubmissionDependency } from '../cluster/cluster.ts';
import { renderAllCells } from '../core/job/all-cells-shell.ts';
import { renderFiles } from '../core/job/files-shell.ts';
import { directiveLines } from '../core/job/script-directives.ts';
import { renderWrapper } from '../core/job/wrapper.ts';
import { nativeEdges } from '../core/workflow/native-edges.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import { tokenOf } from './compile-batch.ts';
import type { AddedPart } from './compile-sweep.ts';
import { reducePayload } from './describe-run.ts';
import type { SweepArray } from './lay-out-arrays.ts';
import { handoverDirectory, partName } from './sweep-parts.ts';

export interface CompileReduceOptions {
  readonly runId: string;
  /** Absolute plan directory on the cluster. */
  readonly directory: string;
  /** Working directory of the submission, on the cluster. */
  readonly cwd: string;
  /** Those of all arrays: with one that is cancelled as a whole, others before it may go on. */
  readonly arrays: readonly Pick<SweepArray, 'token' | 'window'>[];
  /** Of what is added to a sweep: its number, the parts before it, and ids of arrays that have not ended. */
  readonly part?: Pick<AddedPart, 'number' | 'parts' | 'after'> | undefined;
}

/** Jobs that wait for the end of all arrays, each a single job of its own. */
export function compileReduce(
  jobs: readonly PlannedJob[],
  options: CompileReduceOptions,
): Pick<SubmissionBatch, 'files' | 'submissions'> {
  const { runId, directory, cwd, arrays, part } = options;
  const handover = handoverDirectory(directory, part?.number);
  const tokens = new Map(jobs.map(({ name }, at) => [name, reduceToken({ runId, arrays, part: part?.number, at })]));
  const token = (name: string) => tokens.get(name) ?? '';
  const edges = nativeEdges(jobs);
  const before = [...new Set([...(part?.after.values() ?? [])].flat())];
  // A window begins when the one before it has ended.
  const window = Math.max(0, ...arrays.map((array) => array.window ?? 0));
  const ends = [
    ...(window > 0 ? [] : before).map((jobId): SubmissionDependency => ({ type: 'afterany', jobId })),
    ...arrays
      .filter((array) => (array.window ?? 0) === window)
      .map((array): SubmissionDependency => ({ type: 'afterany', token: array.token })),
  ];
  return {
    submissions: jobs.map(
      ({ name, args, options: words, env }): Submission => ({
        ...{ token: token(name), script: `${handover}/${token(name)}.sh`, args, options: words, env, cwd, window },
        dependencies: [...ends, ...(edges.get(name) ?? []).map(({ type, parent }) => ({ type, token: token(parent) }))],
      }),
    ),
    files: jobs.flatMap((job) => [
      { path: `${directory}/payload/${reducePayload(job.name, part?.number)}`, content: job.script, mode: 0o700 },
      { path: `${handover}/${token(job.name)}.sh`, content: wrap(job, { ...options, token }), mode: 0o700 },
    ]),
  };
}

/** They come behind the arrays. */
export function reduceToken({
  runId,
  arrays,
  part,
  at,
}: Pick<CompileReduceOptions, 'runId' | 'arrays'> & {
  readonly part?: number | undefined;
  readonly at: number;
}): string {
  return tokenOf(partName(runId, part), arrays.length + at);
}

function wrap(
  job: PlannedJob,
  {
    runId,
    directory,
    part,
    token,
  }: Pick<CompileReduceOptions, 'runId' | 'directory' | 'part'> & { token: (name: string) => string },
): string {
  const { name, kind, script, edges, reads = [], files, retry, checkpoint } = job;
  const parents = [...new Set(edges.map(({ parent }) => parent))];
  const numbers = part === undefined ? [] : [...part.parts, part.number];
  const cells = renderAllCells({
    directories: [directory, ...numbers.map((number) => handoverDirectory(directory, number))],
    receipts: directory,
    file: `${directory}/reduce/${name}.jsonl`,
  });
  return renderWrapper({
    ...{ directory, token: token(name), retry, checkpoint },
    payload: `${directory}/payload/${reducePayload(name, part?.number)}`,
    directives: kind === 'shell' ? directiveLines(script) : [],
    env: { SRUNX_RUN: runId, SRUNX_JOB: name },
    cell: { before: cells, after: '' },
    exports: {
      directory,
      parents: parents.map((parent) => ({ name: parent, token: token(parent) })),
      reads: reads.map((read) => ({ ...read, token: token(read.parent) })),
    },
    files: files && renderFiles(files),
  });
}
