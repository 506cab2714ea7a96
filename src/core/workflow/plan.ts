import type { ConfiguredValue } from '../config/configured-value.ts';
import type { JobDefaults } from '../config/job-defaults.ts';
import { UsageError } from '../errors.ts';
import type { RuntimeDep } from '../job/exports-shell.ts';
import type { JobFiles } from '../job/files-shell.ts';
import type { Launcher } from '../job/render-script.ts';
import type { CheckpointPlan, RetryPlan } from '../job/retry-shell.ts';
import { didYouMean } from '../suggest.ts';
import { requireSelection } from './check-selection.ts';
import { configuredValues } from './configured-values.ts';
import type { ErrorStrategy } from './error-strategy.ts';
import { misplacedReduce } from './file-part.ts';
import { childNode, type FileMap, offsetOf, textOf } from './file-tree.ts';
import type { Edge, Selection } from './graph.ts';
import type { JobPlaces } from './place-job.ts';
import { blameMissingInputs, type FileFinder } from './plan-files.ts';
import { type PlanJobContext, planJob } from './plan-job.ts';
import { fileError, type Problem } from './problems.ts';
import { type ReadContext, type ReadJob, readJobs } from './read-jobs.ts';
import type { TemplateValue } from './render-template.ts';
import type { TemplateReader } from './template-script.ts';
import { argsOf, readUnit, type Unit, type UnitContext, unitsOf } from './unit.ts';

/** The immutable, fully rendered result of reading a workflow file. Nothing reads the file again. */
export interface Plan {
  readonly workflow: { readonly name: string; readonly source: string };
  /** Parents before children. */
  readonly jobs: readonly PlannedJob[];
  /** Those of the selection that do not run this time. */
  readonly skipped: readonly SkippedJob[];
  /** Edges to jobs that are left out: they count as satisfied. */
  readonly satisfied: readonly SatisfiedEdge[];
  /** What is worth saying before the jobs run, and no obstacle. */
  readonly warnings: readonly string[];
  /** What nobody wrote into the file: where it is at fault, that is where to look. */
  readonly configured: readonly ConfiguredValue[];
  /** Over everything that reaches the cluster. */
  readonly hash: string;
  /** What jobs of earlier runs, which do not run again, have written for those of this one. */
  readonly former?: readonly FormerValues[];
  /** What it was made of; absent where it was not made of a file. */
  readonly written?: WrittenPlan;
}

/** For whoever asks later what a run was made of. Nothing is planned from it again. */
export interface WrittenPlan {
  /** The workflow file, then those that it includes. */
  readonly files: readonly { readonly source: string; readonly text: string; readonly hash: string }[];
  /** `--arg`, as typed. */
  readonly given: Readonly<Record<string, string>>;
  /** The values of the args that something used, as templates print them. */
  readonly args: Readonly<Record<string, string>>;
}

export interface FormerValues {
  readonly name: string;
  /** Lines of `KEY=value`. */
  readonly values: string;
}

export interface SkippedJob {
  readonly name: string;
  readonly reason: string;
  /** What it would have waited for. */
  readonly edges: readonly Edge[];
  /** The earlier run in which it was done. */
  readonly run?: string;
}

export interface SatisfiedEdge {
  readonly job: string;
  readonly edge: Edge;
  /** What leaves the parent out; `done`: it has ended in an earlier run. */
  readonly because: 'selection' | 'when' | 'done';
}

export interface PlannedJob {
  readonly name: string;
  /** `shell`: a script of the user's own. */
  readonly kind: 'command' | 'shell';
  readonly edges: readonly Edge[];
  /** Arguments of the script. */
  readonly args: readonly string[];
  /** Options of `sbatch`, one word each; without the dependencies, whose ids are not known yet. */
  readonly options: readonly string[];
  /** Added to the environment of the submission. */
  readonly env: Readonly<Record<string, string>>;
  /** Started by a wrapper that writes a receipt; otherwise the script is submitted byte for byte. */
  readonly wrapped: boolean;
  readonly script: string;
  /** The user's own file on the cluster that has the same text; submitted where the job has no wrapper. */
  readonly inPlace?: string;
  /** What it and the others of its matrix are called together. */
  readonly family?: string;
  /** Its values as written, where it is one of a matrix. */
  readonly matrix?: Readonly<Record<string, string>>;
  /** Of a job array: its indices, as `--array` takes them. */
  readonly array?: string;
  /** The job whose failure it answers. */
  readonly handles?: string;
  /** It runs when all others have ended, however; among its edges are those to all of them. */
  readonly isFinal?: true;
  /** Absent: keep going. */
  readonly onError?: Exclude<ErrorStrategy, 'keep-going'>;
  /** Relative to `workDir`, or to the directory of the submission. */
  readonly logDir?: string;
  readonly workDir?: string;
  /** What it needs and makes; such a job is always wrapped. */
  readonly files?: JobFiles;
  /** What it reads of others when it runs: they are wrapped, too. */
  readonly reads?: readonly RuntimeDep[];
  /** What it does about its own failures, on the cluster; such a job is always wrapped. */
  readonly retry?: RetryPlan;
  readonly checkpoint?: CheckpointPlan;
}

export interface PlanInput extends UnitContext {
  /** The values of a cell of a sweep, by the names under which templates find them. They need not be used. */
  readonly given?: ReadonlyMap<string, TemplateValue> | undefined;
  readonly text: string;
  /** The file as the user named it, for messages. */
  readonly source: string;
  /** The same for the same file, whatever it is called; absent for what came through a pipe. */
  readonly id?: string | undefined;
  /** `--arg KEY=VALUE`. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly selection: Selection;
  /** What starts a command, unless the job says otherwise. */
  readonly launcher: Launcher;
  /** Throws a SrunxError, or gives `undefined`, where there is no such file or it cannot be read. */
  readonly readScript: (path: string) => string | undefined;
  /** For `template` of a job; absent where there are none to be had. */
  readonly readTemplate?: TemplateReader | undefined;
  /** Where the jobs will find their files; absent: nobody looks whether there are any. */
  readonly files?: FileFinder | undefined;
  /** Where they are run with code of this machine; absent: paths stay as they are. */
  readonly places?: JobPlaces | undefined;
  /** What the configuration says for jobs that do not say it themselves. */
  readonly defaults?: JobDefaults | undefined;
  readonly readGroup?: ReadContext['readGroup'];
  /** Of one part of a file: args that another part may use. Absent: they are refused. */
  readonly tellUnused?: typeof requireUsed;
  readonly hash: (content: string) => string;
}

/**
 * Reads, checks, renders and orders. Throws a ConfigError that lists everything wrong with the file, then a UsageError or
 * NotFoundError for what was typed.
 */
export function planWorkflow(input: PlanInput): Plan {
  const unit = readUnit({ source: input.source, text: input.text, id: input.id }, input);
  const units = unitsOf(unit);
  if (input.part === undefined) unit.problems.push(...misplacedReduce(unit.root, { included: false }));
  const hasProblems = () => units.some(({ problems }) => problems.length > 0);
  const { jobs, leftOut } = readJobs(unit, input);
  const all = [...jobs, ...leftOut];
  // A selection among jobs that are not all there would blame the wrong thing.
  const selected = hasProblems() ? new Set(all.map(({ name }) => name)) : requireSelection(all, input.selection);
  const kept = jobs.filter(({ name }) => selected.has(name));
  const warnings: string[] = [];
  const planned = planJobs(kept, { ...input, warnings });
  if (!hasProblems()) blameAbsentWriters(kept, planned);
  // What a job of `reduce` needs, cells may make.
  const finder = input.part?.kind === 'reduce' ? undefined : input.files;
  if (!hasProblems() && finder !== undefined) blameMissingInputs(kept, { planned, finder });
  if (!hasProblems()) for (const one of units) checkGivenArgs(one);
  if (hasProblems()) throw fileError(units.flatMap(problemsOf), unit.file);
  const unused = unit.scope.unusedOverrides().filter((name) => input.given?.has(name) !== true);
  (input.tellUnused ?? requireUsed)(unused, [...argsOf(unit.root).keys()]);
  const skipped = leftOut
    .filter((job) => selected.has(job.name))
    .map(({ name, reason, edges }) => ({ name, reason, edges: edges.map(({ type, parent }) => ({ type, parent })) }));
  const workflow = { name: workflowName(unit.root), source: input.source };
  const { jobs: selectedJobs, satisfied } = dropEdges(wrapWriters(planned), selected);
  const hash = input.hash(JSON.stringify({ name: workflow.name, jobs: selectedJobs }));
  const configured = configuredValues(kept, input.defaults);
  const written = { ...writtenPlan(units, input.hash), given: input.overrides };
  return { workflow, jobs: selectedJobs, skipped, satisfied, warnings, configured, hash, written };
}

export function workflowName(root: FileMap): string {
  return textOf(childNode(root, 'name')) ?? 'unnamed';
}

/** A file that is included twice is kept once. The args are those of the file that was named: an included one has no others. */
function writtenPlan(units: readonly Unit[], hash: PlanInput['hash']): Omit<WrittenPlan, 'given'> {
  const files = new Map(units.map(({ file: { source, text } }) => [source, text]));
  return {
    files: [...files].map(([source, text]) => ({ source, text, hash: hash(text) })),
    args: Object.fromEntries(
      [...(units[0]?.scope.evaluated() ?? [])].map(([name, value]) => [name, textOfValue(value)]),
    ),
  };
}

function textOfValue({ text, value }: TemplateValue): string {
  return text ?? (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

function problemsOf({ problems, file }: Unit): Problem[] {
  return problems.map((problem) => ({ file, ...problem }));
}

/** An arg that an included file neither has nor uses is a typing mistake of the including one. */
function checkGivenArgs({ problems, included }: Unit): void {
  for (const { unit, args } of included) {
    for (const name of unit.scope.unusedOverrides()) {
      const message = `${unit.file.source} has no arg \`${name}\`, and nothing uses it`;
      const hint = () => didYouMean(name, argsOf(unit.root).keys());
      problems.push({ offset: args.get(name)?.keyOffset, message, hint });
    }
  }
}

/** What one job reads another one has to write, in this run. */
function blameAbsentWriters(kept: readonly ReadJob[], planned: readonly PlannedJob[]): void {
  const running = new Set(planned.map(({ name }) => name));
  for (const { name, node, reads, unit } of kept) {
    for (const { parent, key } of reads.filter((read) => !running.has(read.parent))) {
      const message = `job \`${name}\`: \`runtime.deps.${parent}.${key}\`: \`${parent}\` is not part of this run`;
      unit.problems.push({ offset: offsetOf(node, ['command']), message, hint: `Run \`${parent}\` too.` });
    }
  }
}

/** Only a wrapper gives a script the file to write to. */
function wrapWriters(planned: readonly PlannedJob[]): readonly PlannedJob[] {
  const writers = new Set(planned.flatMap(({ reads = [] }) => reads.map(({ parent }) => parent)));
  return planned.map((job) => (writers.has(job.name) && !job.wrapped ? { ...job, wrapped: true } : job));
}

/** What is wrong with one job of a matrix is told once, and not of all the others. */
function planJobs(jobs: readonly ReadJob[], context: Omit<PlanJobContext, 'problems'>): readonly PlannedJob[] {
  const told = new Set<string>();
  return jobs.flatMap((job) => {
    const { name, family = name } = job;
    if (told.has(family)) return [];
    const { problems } = job.unit;
    const before = problems.length;
    const warnings: string[] = [];
    const planned = planJob(job, { ...context, problems, warnings });
    if (problems.length > before) told.add(family);
    for (const warning of warnings) {
      const words = `${family} ${warning}`;
      if (!told.has(words)) context.warnings.push(`job ${name}: ${warning}`);
      told.add(words);
    }
    return planned ?? [];
  });
}

/** Without the edges to jobs that do not run. */
function dropEdges(planned: readonly PlannedJob[], selected: ReadonlySet<string>): Pick<Plan, 'jobs' | 'satisfied'> {
  const running = new Set(planned.map(({ name }) => name));
  const final = new Set(planned.filter(({ isFinal }) => isFinal).map(({ name }) => name));
  const satisfied = planned.flatMap(({ name: job, edges }) =>
    edges
      // What runs at the end waits for whatever there is.
      .filter(({ parent }) => !running.has(parent) && !final.has(job))
      .map((edge) => ({ job, edge, because: selected.has(edge.parent) ? ('when' as const) : ('selection' as const) })),
  );
  const jobs = planned.map((job) => ({ ...job, edges: job.edges.filter(({ parent }) => running.has(parent)) }));
  return { jobs, satisfied };
}

/** An arg that is neither in the file nor used by any template is a typing mistake. */
export function requireUsed(unused: readonly string[], known: readonly string[]): void {
  const [name] = unused;
  if (name === undefined) return;
  throw new UsageError(`--arg ${name}: the workflow has no such arg, and nothing uses it`, {
    code: 'usage.unknown_arg',
    hint: didYouMean(name, known) ?? (known.length > 0 ? `There are: ${known.join(', ')}.` : 'The file has no `args`.'),
  });
}
