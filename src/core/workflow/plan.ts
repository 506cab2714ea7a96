import type { Launcher } from '../job/render-script.ts';
import { didYouMean } from '../suggest.ts';
import { createArgScope, findPythonArgs } from './evaluate-args.ts';
import { type Edge, type Selection, selectNodes } from './graph.ts';
import { rootKeys, unsupportedRootKeys } from './job-schema.ts';
import { planJob } from './plan-job.ts';
import type { Path, Problem } from './problems.ts';
import { type ReadJob, readJobs } from './read-jobs.ts';
import type { TemplateRenderer } from './renderer.ts';
import { isRecord, readWorkflowFile, type WorkflowFile } from './workflow-file.ts';

/** The immutable, fully rendered result of reading a workflow file. Nothing reads the file again. */
export interface Plan {
  readonly workflow: { readonly name: string; readonly source: string };
  /** Parents before children. */
  readonly jobs: readonly PlannedJob[];
  /** Edges to jobs that the selection leaves out: they count as satisfied. */
  readonly satisfied: readonly { readonly job: string; readonly edge: Edge }[];
  /** Over everything that reaches the cluster. */
  readonly hash: string;
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
  /** Relative to `workDir`, or to the directory of the submission. */
  readonly logDir?: string;
  readonly workDir?: string;
}

export interface PlanInput {
  readonly text: string;
  /** The file as the user named it, for messages. */
  readonly source: string;
  /** `--arg KEY=VALUE`. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly selection: Selection;
  readonly renderer: TemplateRenderer;
  /** What starts a command, unless the job says otherwise. */
  readonly launcher: Launcher;
  /** `undefined`: there is no such file, or it cannot be read. */
  readonly readScript: (path: string) => string | undefined;
  readonly hash: (content: string) => string;
}

/** Reads, checks, renders and orders. Throws a ConfigError that lists everything wrong with the file. */
export function planWorkflow(input: PlanInput): Plan {
  const file = readWorkflowFile(input.text, input.source);
  const args = file.root['args'] ?? {};
  file.check([...checkRoot(file), ...(isRecord(args) ? findPythonArgs({ args, overrides: input.overrides }) : [])]);
  const scope = createArgScope({ ...input, file, args: args as Record<string, unknown> });
  const jobs = readJobs(file, scope);
  file.check(checkSelection(jobs, input.selection));
  const selected = selectNodes(jobs, input.selection);
  const problems: Problem[] = [];
  const kept = jobs.filter(({ name }) => selected.has(name));
  const planned = kept.flatMap((job) => planJob(withinSelection(job, selected), { ...input, problems }) ?? []);
  file.check(problems);
  const satisfied = kept.flatMap((job) =>
    job.edges.flatMap((edge) => (selected.has(edge.parent) ? [] : [{ job: job.name, edge }])),
  );
  const name = typeof file.root['name'] === 'string' ? file.root['name'] : 'unnamed';
  const hash = input.hash(JSON.stringify({ name, planned }));
  return { workflow: { name, source: input.source }, jobs: planned, satisfied, hash };
}

function withinSelection(job: ReadJob, selected: ReadonlySet<string>): ReadJob {
  return { ...job, edges: job.edges.filter(({ parent }) => selected.has(parent)) };
}

function checkRoot({ root }: WorkflowFile): Problem[] {
  const problems: Problem[] = [];
  for (const key of Object.keys(root)) {
    if (key.startsWith('x-') || (rootKeys as readonly string[]).includes(key)) continue;
    const feature = unsupportedRootKeys[key];
    const message = feature === undefined ? `unknown key \`${key}\`` : `\`${key}\`: ${feature} are not supported yet`;
    problems.push({ path: [key], atKey: true, message, hint: didYouMean(key, rootKeys) });
  }
  const demand = (key: string, isRight: (value: unknown) => boolean, what: string): void => {
    if (root[key] !== undefined && !isRight(root[key]))
      problems.push({ path: [key], message: `\`${key}\` must be ${what}` });
  };
  const isText = (value: unknown) => typeof value === 'string' && !/[\0\n]/.test(value);
  demand('name', isText, 'one line of text');
  demand('description', (value) => typeof value === 'string', 'text');
  demand('default_project', isText, 'the name of a mount');
  demand('args', isRecord, 'a mapping');
  demand('jobs', Array.isArray, 'a list of jobs');
  const { jobs } = root;
  if (jobs === undefined || (Array.isArray(jobs) && jobs.length === 0)) {
    problems.push({
      path: jobs === undefined ? [] : ['jobs'],
      message: 'the file has no jobs',
      hint: 'Add at least one below `jobs:`.',
    });
  }
  return problems;
}

function checkSelection(jobs: readonly ReadJob[], { from, to, only }: Selection): Problem[] {
  const names = jobs.map(({ name }) => name);
  const path: Path = [];
  const asked = [
    ...only.map((name) => ['--job', name]),
    ...(from === undefined ? [] : [['--from', from]]),
    ...(to === undefined ? [] : [['--to', to]]),
  ];
  const problems = asked.flatMap(([option = '', name = '']) =>
    names.includes(name)
      ? []
      : [
          {
            path,
            message: `${option} ${name}: there is no such job`,
            hint: didYouMean(name, names) ?? `There are: ${names.slice(0, 20).join(', ')}.`,
          },
        ],
  );
  if (only.length > 0 && (from !== undefined || to !== undefined)) {
    problems.push({
      path,
      message: '--job cannot be used together with --from or --to',
      hint: 'Use one or the other.',
    });
  }
  if (problems.length === 0 && only.length === 0 && selectNodes(jobs, { from, to, only }).size === 0) {
    problems.push({ path, message: `no job lies between ${from} and ${to}`, hint: 'Exchange --from and --to.' });
  }
  return problems;
}
