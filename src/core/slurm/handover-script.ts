import { BugError } from '../errors.ts';
import { quoteWord, quoteWords, requireVariableName } from '../quote.ts';
import type { DependencyType } from './dependency.ts';
import { elementsPrelude, renderElementEdges, type StepElements } from './element-edges.ts';
import { groupEdges } from './group-edges.ts';
import { idsPerList, prelude, releasing } from './handover-shell.ts';
import { type HandoverWindows, renderWindow, windowsPrelude } from './handover-windows.ts';

/** One `sbatch` call of a batch, as the hand-over script makes it. */
export interface HandoverStep {
  readonly token: string;
  /** Complete `sbatch` options, one token each, without dependency and hold. */
  readonly options: readonly string[];
  readonly script: string;
  readonly args: readonly string[];
  /** Edges to earlier steps, by their position. */
  readonly dependencies: readonly { readonly type: DependencyType; readonly step: number }[];
  /** Edges to jobs that exist already. */
  readonly external: readonly { readonly type: DependencyType; readonly jobId: string }[];
  /** It stays in the queue when one of its edges can never be satisfied: a driver gives it another parent, or ends it. */
  readonly waitsForDriver?: boolean | undefined;
  /** Its tasks wait one by one: all its edges are told to the controller after the last submission, and it is held until then. */
  readonly elements?: StepElements | undefined;
  /** Kept from starting until the whole batch is submitted; released by the last command. */
  readonly held: boolean;
  /** Held, and not released by the last command: a driver does that. */
  readonly withheld?: boolean | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Of a batch that is handed over in windows: to which it belongs, the first being 0. */
  readonly window?: number | undefined;
}

/**
 * The script that submits a batch on the cluster, in POSIX sh. It is started detached, so that it finishes whatever
 * happens to us, and it may be started again after any interruption: what has a receipt is not submitted again, and a
 * claim without a receipt stops it, because absence is never guessed.
 *
 * `claims/<token>` gets `claim <pid>` (created with noclobber) before `sbatch` is called, and `job <id>` after it.
 * `refused.txt` says which submission was refused and why; from then on the script only withdraws what it had submitted. So it
 * does as soon as somebody makes a file `withdrawn`.
 * Tasks that wait for single tasks of other arrays are told of when all is submitted; `elements <token>` in the log says that this is done.
 * A batch may be cut into windows (see `handover-windows.ts`): then it leaves between two of them, and is to be started again.
 * In a large batch two submissions that do not need each other are under way at once, each in a shell of its own.
 * `handover.log` gets one line per event, the last one when the script leaves; `handover-log.ts` reads all of them.
 */
export function renderHandoverScript(
  directory: string,
  steps: readonly HandoverStep[],
  windows?: HandoverWindows,
): string {
  const placed = steps.map((step, index) => ({ step, index }));
  const edges = renderElementEdges(steps);
  return [
    '#!/bin/sh',
    '# Submits one batch of jobs exactly once. Safe to start again after any interruption.',
    `plan=${quoteWord(directory)} per_list=${idsPerList(steps.filter(({ held }) => held).length)}`,
    prelude,
    releasing,
    ...(edges.length === 0 ? [] : [elementsPrelude]),
    ...(windows === undefined ? renderWhole(placed, edges) : renderInWindows(placed, { edges, windows })),
    'leave done',
    '',
  ].join('\n');
}

type ElementEdges = ReturnType<typeof renderElementEdges>;

function renderWhole(placed: readonly Placed[], edges: ElementEdges): readonly string[] {
  const size = placed.length < smallBatch ? 1 : submissionLanes;
  return [...renderSubmissions(placed, size), ...edges.map(({ text }) => text), 'heed', 'release_roots'];
}

function renderInWindows(
  placed: readonly Placed[],
  { edges, windows }: { readonly edges: ElementEdges; readonly windows: HandoverWindows },
): readonly string[] {
  const size = placed.length < smallBatch ? 1 : submissionLanes;
  const parts = windows.tasks.map((_, number) => {
    const own = placed.filter(({ step }) => (step.window ?? 0) === number);
    const indices = new Set(own.map(({ index }) => index));
    const strangers = own.some(({ step }) => step.dependencies.some((edge) => !indices.has(edge.step)));
    if (strangers) throw new BugError('an edge leads into another window', { code: 'bug.window' });
    const told = edges.filter(({ index }) => indices.has(index)).map(({ text }) => text);
    const tokens = own.map(({ step }) => step.token);
    const after = [...new Set(own.flatMap(({ step }) => step.external.map(({ jobId }) => jobId)))];
    return renderWindow(windows, { number, tokens, after, lines: [...renderSubmissions(own, size), ...told] });
  });
  return [windowsPrelude(windows), ...parts];
}

function renderSubmissions(placed: readonly Placed[], size: number): readonly string[] {
  let call = '';
  return groupSteps(placed, size).flatMap((group) => [
    ...group.flatMap(({ step, index }, lane) => {
      const next = renderCall(step.env);
      const change = next === call ? [] : [next];
      call = next;
      const words = renderStep(step, index);
      const look = lane === 0 ? 'heed; ' : '';
      return [
        ...change,
        `${look}${group.length === 1 ? `submit ${words}; id_${index}=$id` : `beside ${lane + 1} ${words}`}`,
      ];
    }),
    ...(group.length === 1 ? [] : [renderGather(group)]),
  ]);
}

interface Placed {
  readonly step: HandoverStep;
  readonly index: number;
}

/** Below that, side by side is not worth a thought; and ids follow the order of the plan. */
const smallBatch = 20;

/** Submissions under way at once. Two take two thirds of the time of one, a third brings a tenth more (22.05 on two cores). */
const submissionLanes = 2;

/** Steps in their order; those of one group do not depend on each other. */
function groupSteps(steps: readonly Placed[], size: number): readonly (readonly Placed[])[] {
  const groups: Placed[][] = [];
  for (const { step, index } of steps) {
    const last = groups.at(-1);
    const first = last?.[0]?.index ?? 0;
    const isFree = step.dependencies.every((edge) => edge.step < first);
    if (last !== undefined && last.length < size && isFree) last.push({ step, index });
    else groups.push([{ step, index }]);
  }
  return groups;
}

function renderGather(group: readonly Placed[]): string {
  const takes = group.map(({ step, index }) => `take ${step.token} ${holdWord(step)}; id_${index}=$id`);
  return [`gather ${group.map(({ step }) => step.token).join(' ')}`, ...takes].join('; ');
}

function holdWord({ held }: HandoverStep): string {
  return held ? 'held' : 'free';
}

function renderStep(step: HandoverStep, index: number): string {
  if (!/^[\w.-]+$/.test(step.token) || step.token.startsWith('.')) {
    throw new BugError(`${JSON.stringify(step.token)} is no submission token`, { code: 'bug.token' });
  }
  const edges = groupEdges([
    ...step.dependencies.map(({ type, step: parent }) => {
      if (parent < 0 || parent >= index)
        throw new BugError('a parent must stand before its child', { code: 'bug.edge' });
      return { type, id: `$id_${parent}` };
    }),
    ...step.external.map(({ type, jobId }) => ({ type, id: jobId })),
  ]);
  const waits = edges !== '' || step.elements !== undefined;
  const words = [
    ...[step.token, holdWord(step), quoteWord(step.cwd), '--parsable'],
    ...optionsOf(step),
    ...(saysExport(step.options) ? [] : ['$export_all']),
    ...(step.elements !== undefined || edges === '' ? [] : [`--dependency="${edges}"`]),
    ...(waits ? [`--kill-on-invalid-dep=${step.waitsForDriver ? 'no' : 'yes'}`] : []),
    ...(step.held || step.withheld ? ['--hold'] : []),
    quoteWords([step.script, ...step.args]),
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** Then it is for the user to say which variables the job gets. */
export function saysExport(options: readonly string[]): boolean {
  return options.some((option) => option === '--export' || option.startsWith('--export='));
}

/** Of a later window it may have changed by then how many tasks run at once. */
function optionsOf({ token, options, window = 0 }: HandoverStep): readonly string[] {
  return options.map((option) => {
    const [, tasks, limit] = (window > 0 && /^--array=([\d,:-]+)%(\d+)$/.exec(option)) || [];
    return limit === undefined ? quoteWord(option) : `"--array=${tasks}%$(limit_of ${token} ${limit})"`;
  });
}

/**
 * How `sbatch` is called. A simple command is started without a copy of the shell, which is a sixth of what a submission
 * costs. Variables of the job need a subshell: they must stand neither on a command line nor in our own environment. So do the
 * secrets of the account, which those of the job go before.
 */
function renderCall(env: HandoverStep['env']): string {
  const exports = Object.entries(env).map(([key, value]) => {
    requireVariableName(key);
    return `export ${key}=${quoteWord(value)}`;
  });
  const aside = `(set -- "$sbatch" "$@"; ${['eval "$secrets"', ...exports].join('; ')}; exec "$@" </dev/null >&7 2>&1)`;
  if (exports.length > 0) return `call() { ${aside}; }`;
  return `call() { if [ -z "$secrets" ]; then "$sbatch" "$@" </dev/null >&7 2>&1; else ${aside}; fi; }`;
}
