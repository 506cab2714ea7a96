import { codeWords, inMount, type SentCode } from '../sync/sent-code.ts';
import { type Edge, formatEdge } from './graph.ts';
import { unifiedDiff } from './line-diff.ts';
import type { Plan } from './plan.ts';
import { maskValues, type Provenance } from './provenance.ts';
import type { EngineState, RunStatus } from './run-state.ts';

/** A run, as far as it is known. */
export interface ComparedRun {
  readonly name: string;
  readonly source: string | null;
  readonly target: string;
  readonly cwd: string | undefined;
  readonly provenance: Provenance | undefined;
  /** Code of mounts. */
  readonly sent?: readonly SentCode[] | undefined;
  /** Absent where its plan directory is gone: then less is compared. */
  readonly plan: Plan | undefined;
  readonly jobs: readonly ComparedJob[];
  /** Of a sweep: what makes one of its workflow. */
  readonly facts?: ReadonlyMap<string, string> | undefined;
  readonly status: RunStatus;
  /** Of jobs by their names, with those that were left out; of a sweep, of its cells. */
  readonly ends: ReadonlyMap<string, JobOutcome>;
}

export interface ComparedJob {
  readonly name: string;
  readonly edges: readonly Edge[];
  readonly options: readonly string[];
  readonly args: readonly string[];
  /** The values only where the plan is there; they are never shown. */
  readonly variables: ReadonlyMap<string, string | undefined>;
  readonly script: string | undefined;
}

export interface JobOutcome {
  readonly state: EngineState | RunStatus;
  readonly seconds: number | undefined;
}

/** `null`: not known, or not there. */
export interface Difference<Value = string> {
  readonly what: string;
  readonly before: Value | null;
  readonly after: Value | null;
}

export interface JobDifference {
  readonly name: string;
  readonly options: Change;
  readonly depends_on: Change;
  readonly args: Difference<readonly string[]> | undefined;
  /** Names alone. */
  readonly variables: Change & { readonly changed: readonly string[] };
  /** As `diff -u` has it. */
  readonly script: readonly string[];
}

interface FileDifference {
  readonly source: string;
  readonly source_after: string;
  readonly diff: readonly string[];
}

export interface Change {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

export interface RunComparison {
  /** Nothing differs in what was asked for. How it ended is another matter. */
  readonly same: boolean;
  readonly facts: readonly Difference[];
  readonly args: readonly Difference[];
  /** The workflow file and those that it includes; the first of them may be called otherwise afterwards. */
  readonly files: readonly FileDifference[];
  readonly jobs: Change & { readonly changed: readonly JobDifference[] };
  readonly status: Difference<RunStatus>;
  readonly outcomes: readonly Difference<JobOutcome>[];
}

export function compareRuns(before: ComparedRun, after: ComparedRun): RunComparison {
  const facts = differences(factsOf(before), factsOf(after));
  const args = differences(argsOf(before), argsOf(after)).map(hideSecrets);
  const files = compareFiles(before.plan, after.plan);
  const names = changeOf(namesOf(before), namesOf(after));
  const others = new Map(after.jobs.map((job) => [job.name, job]));
  const changed = before.jobs.flatMap((job) => {
    const other = others.get(job.name);
    return other === undefined ? [] : (compareJob(job, other) ?? []);
  });
  const jobs = { ...names, changed };
  const planned = [facts.filter(({ what }) => !incidental.has(what)), args, files, changed, names.removed, names.added];
  return {
    same: planned.every((list) => list.length === 0),
    ...{ facts, args, files, jobs },
    status: { what: 'status', before: before.status, after: after.status },
    outcomes: differences(
      before.ends,
      after.ends,
      (one, other) => one.state === other.state && one.seconds === other.seconds,
    ),
  };
}

/** Who did it, and where, makes no other run of it. */
const incidental: ReadonlySet<string> = new Set(['user', 'host', 'srunx']);

function factsOf({
  name,
  source,
  target,
  cwd,
  provenance,
  sent = [],
  facts: more = new Map(),
}: ComparedRun): ReadonlyMap<string, string> {
  const { code, environment, file } = provenance ?? {};
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ['name', name],
    ['file', file?.path ?? source],
    ['target', target],
    ['directory', cwd && inMount(cwd, sent)],
    ...more,
    ['srunx', provenance?.srunx],
    ['user', provenance?.user],
    ['host', provenance?.host],
    ['commit', code?.commit],
    ['branch', code?.branch],
    ['changes', code && changesOf(code)],
    ...sent.map((mount) => [`code of ${mount.mount}`, codeWords(mount)] as const),
    ['unknown to git', code?.untracked.join(', ')],
    ['modules', environment?.modules.join(', ')],
    ['conda', environment?.conda],
    ['venv', environment?.venv],
    ['variables', environment?.variables.join(', ')],
    ['environment', environment?.hash.slice(0, 12)],
  ];
  return new Map(
    facts.flatMap(([what, value]) => (value === undefined || value === null || value === '' ? [] : [[what, value]])),
  );
}

function changesOf({ dirty, diff }: NonNullable<Provenance['code']>): string {
  if (dirty === null) return 'not known';
  return dirty ? `yes${diff === undefined ? '' : ` (${diff.sha256.slice(0, 12)})`}` : 'none';
}

/** Whole where the plan is there. */
function argsOf({ plan, provenance }: ComparedRun): ReadonlyMap<string, string> {
  return new Map(Object.entries(plan?.written?.args ?? provenance?.args ?? {}));
}

function hideSecrets({ what, before, after }: Difference): Difference {
  const hide = (value: string | null) => (value === null ? null : (maskValues({ [what]: value })[what] ?? null));
  return { what, before: hide(before), after: hide(after) };
}

function differences<Value>(
  before: ReadonlyMap<string, Value>,
  after: ReadonlyMap<string, Value>,
  isSame: (one: Value, other: Value) => boolean = Object.is,
): Difference<Value>[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((what) => {
    const one = before.get(what);
    const other = after.get(what);
    const areSame = one !== undefined && other !== undefined && isSame(one, other);
    return areSame ? [] : [{ what, before: one ?? null, after: other ?? null }];
  });
}

function compareFiles(before: Plan | undefined, after: Plan | undefined): RunComparison['files'] {
  // One of them is not known.
  if (before?.written === undefined || after?.written === undefined) return [];
  // The first is the workflow file, whatever it is called.
  const keyOf = (plan: Plan) =>
    plan.written?.files.map((file, index) => [index === 0 ? '' : file.source, file] as const);
  const texts = new Map(keyOf(before));
  const others = new Map(keyOf(after));
  return [...new Set([...texts.keys(), ...others.keys()])].flatMap((key) => {
    const one = texts.get(key);
    const other = others.get(key);
    const diff = unifiedDiff(one?.text ?? '', other?.text ?? '');
    const [source = '', after = source] = [one, other].flatMap((file) => file?.source ?? []);
    return diff.length === 0 ? [] : [{ source, source_after: after, diff }];
  });
}

function namesOf({ jobs }: ComparedRun): readonly string[] {
  return jobs.map(({ name }) => name);
}

function changeOf(before: readonly string[], after: readonly string[]): Change {
  const [old, now] = [new Set(before), new Set(after)];
  return { removed: before.filter((word) => !now.has(word)), added: after.filter((word) => !old.has(word)) };
}

function compareJob(before: ComparedJob, after: ComparedJob): JobDifference | undefined {
  const options = changeOf(before.options, after.options);
  const edges = changeOf(before.edges.map(formatEdge), after.edges.map(formatEdge));
  const hasSameArgs = JSON.stringify(before.args) === JSON.stringify(after.args);
  const names = changeOf([...before.variables.keys()], [...after.variables.keys()]);
  const changed = [...before.variables].flatMap(([name, value]) => {
    const other = after.variables.get(name);
    return value === undefined || other === undefined || value === other ? [] : [name];
  });
  const script =
    before.script === undefined || after.script === undefined ? [] : unifiedDiff(before.script, after.script);
  const lists = [options, edges, names].flatMap(({ removed, added }) => [...removed, ...added]);
  if (hasSameArgs && lists.length + changed.length + script.length === 0) return undefined;
  return {
    ...{ name: before.name, options, depends_on: edges, script },
    args: hasSameArgs ? undefined : { what: 'args', before: before.args, after: after.args },
    variables: { ...names, changed },
  };
}
