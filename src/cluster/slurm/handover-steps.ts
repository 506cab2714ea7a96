import { UsageError } from '../../core/errors.ts';
import { parseDirectives } from '../../core/job/script-directives.ts';
import type { StepElements } from '../../core/slurm/element-edges.ts';
import { type HandoverStep, saysExport } from '../../core/slurm/handover-script.ts';
import type { Submission, SubmissionBatch, SubmissionElements } from '../cluster.ts';

/** The `sbatch` calls of a batch: tokens in comments, roots held, edges by position. */
export function handoverSteps({ submissions, files }: Pick<SubmissionBatch, 'submissions' | 'files'>): HandoverStep[] {
  const positions = new Map(submissions.map(({ token }, index) => [token, index]));
  const positionOf = (token: string): number => positions.get(token) ?? -1;
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  return submissions.map((submission): HandoverStep => {
    const { token, script, args, env, cwd, waitsForDriver, withheld, window } = submission;
    const elements = submission.elements && placeElements(submission.elements, positionOf);
    const dependencies = submission.dependencies.flatMap((edge) =>
      'token' in edge ? [{ type: edge.type, step: positionOf(edge.token) }] : [],
    );
    const external = submission.dependencies.flatMap((edge) => ('jobId' in edge ? [edge] : []));
    // The tasks of one that waits by its elements have no edges at all until all is submitted.
    const isRoot = dependencies.length === 0 || elements !== undefined;
    const directives = readDirectivesOf(contents.get(script));
    return {
      ...{ token, script, args, env, cwd, dependencies, external, elements, waitsForDriver, withheld, window },
      options: sbatchOptions(submission),
      // A job alone needs no hold: where it is refused, nothing else has been submitted.
      held: submissions.length > 1 && isRoot && !withheld && !asksToHold(submission, directives),
    };
  });
}

function placeElements(
  { tasks, edges, after = [], turns }: SubmissionElements,
  positionOf: (token: string) => number,
): StepElements {
  return {
    tasks,
    edges: edges.map(({ type, token }) => ({ type, step: positionOf(token) })),
    after: after.map(positionOf),
    ...(turns === undefined
      ? {}
      : { turns: turns.map(({ tokens, ...turn }) => ({ ...turn, steps: tokens.map(positionOf) })) }),
  };
}

function sbatchOptions({ options, env, comment, token }: Submission): string[] {
  const exportsAll = Object.keys(env).length > 0 && !saysExport(options);
  const text = [comment, `srunx:${token}`].filter(Boolean).join(' ');
  return [...options, ...(exportsAll ? ['--export=ALL'] : []), `--comment=${text}`];
}

/** Names of the options in the script's head. A script that is not ours to write is on the cluster, and not looked at. */
function readDirectivesOf(content: string | Uint8Array | undefined): ReadonlySet<string> {
  if (content === undefined) return new Set();
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  const names = new Set(parseDirectives(text).map(({ name }) => name));
  if (names.has('wait')) {
    throw new UsageError('the script tells sbatch to wait for the end of the job (`#SBATCH --wait`)', {
      code: 'slurm.script_waits',
      hint: 'Remove that line; `srunx sbatch --wait` waits without holding up the submission.',
    });
  }
  return names;
}

/** The user wants to release the job, so we must not. */
function asksToHold({ options }: Submission, directives: ReadonlySet<string>): boolean {
  return directives.has('hold') || options.some((option) => option === '--hold' || option === '-H');
}
