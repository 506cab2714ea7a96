import { createHash } from 'node:crypto';
import type { JobDefaults } from '../core/config/job-defaults.ts';
import { ConnectionError, TimeoutError, UsageError } from '../core/errors.ts';
import type { SbatchOption } from '../core/job/sbatch-options.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { type NodeTest, type NodeTestReport, parseNodeTestReport, renderNodeTest } from '../core/slurm/node-test.ts';
import { findNodeTest, saveNodeTest } from '../store/node-tests.ts';
import { transact } from '../store/transaction.ts';
import { type AppContext, contextOn, engineContext, type TargetName } from './app-context.ts';
import { findRows } from './find-rows.ts';
import { planJob } from './plan-job.ts';
import { submitJob } from './submit-job.ts';
import { takeTurn } from './take-turn.ts';

export interface NodeTestRequest {
  readonly target: TargetName;
  /** Where to run it, as for sbatch: partition, account, QOS … */
  readonly options: readonly SbatchOption[];
  /** What is configured of that, for what the options leave open. */
  readonly defaults: Pick<JobDefaults, 'resources' | 'values'>;
  readonly timeoutSeconds: number;
  /** Told of every step. */
  readonly onProgress: (message: string) => void;
}

/** The job answers within seconds once it runs; how soon it runs is up to the queue. */
const lookMs = 1_000;
const signalSeconds = 60;

/**
 * Submits a test job the ordinary way, talks with it until it has found out what jobs can do on a node, and remembers the
 * result for the cluster. Whatever happens, the job and its directory are gone afterwards.
 */
export async function testNodes(context: AppContext, request: NodeTestRequest): Promise<NodeTest> {
  const { target } = request;
  const { kind } = await context.cluster(target);
  if (kind === 'embedded') {
    throw new UsageError('the embedded runner has no nodes to be tested: its jobs run on this machine', {
      code: 'usage.option_conflict',
      hint: 'Leave --job out, or name a Slurm cluster.',
    });
  }
  const token = createHash('sha256').update(context.randomBytes(16)).digest('hex').slice(0, 16);
  const there = await contextOn(context, target);
  const directory = `${there.runRoot}/doctor-${token}`;
  const shell = context.shell(target);
  await shell.writeFiles([{ path: `${directory}/token`, content: token }], { signal: context.signal });
  let jobId: string | undefined;
  try {
    jobId = await submit(there, { request, directory, token });
    const test = await converse(there, { request, directory, jobId });
    await remember(context, { target, test });
    return test;
  } finally {
    await cleanUp(context, { target, directory, jobId });
  }
}

/** The newest result for the cluster, if there is any. */
export async function rememberedNodeTest(context: AppContext, target: TargetName): Promise<NodeTest | undefined> {
  const { store, clusterId } = await engineContext(context, target);
  return findNodeTest(store, clusterId);
}

interface Submission {
  readonly request: NodeTestRequest;
  readonly directory: string;
  readonly token: string;
}

async function submit(context: AppContext, { request, directory, token }: Submission): Promise<string> {
  const script = renderNodeTest({ directory, token, signalSeconds });
  const job = planJob(context, {
    script: new TextEncoder().encode(script),
    fileName: 'srunx-doctor',
    args: [],
    options: [
      { name: 'job-name', value: 'srunx-doctor' },
      { name: 'time', value: '5' },
      { name: 'output', value: `${directory}/job.log` },
      { name: 'open-mode', value: 'append' },
      { name: 'requeue' },
      ...request.options,
    ],
    env: {},
    defaults: request.defaults,
  });
  const { jobId } = await submitJob(context, { job, target: request.target, source: null });
  request.onProgress(`job ${jobId} submitted`);
  return jobId;
}

interface Conversation {
  readonly request: NodeTestRequest;
  readonly directory: string;
  readonly jobId: string;
}

async function converse(context: AppContext, { request, directory, jobId }: Conversation): Promise<NodeTest> {
  const { target, onProgress } = request;
  const deadline = context.monotonicNow() + request.timeoutSeconds * 1000;
  let lastState = 'unseen';
  let isSignalled = false;
  for (;;) {
    const report = await readReport(context, { target, directory });
    if (report.abilities.requeue !== null) return toTest(context, { jobId, report });
    if (report.ready && !isSignalled) {
      isSignalled = true;
      onProgress(`it runs on ${report.node ?? 'a node'}; sending it a signal`);
      await sendSignal(context, { target, jobId });
    }
    const row = await lookAt(context, { target, jobId });
    if (row !== 'silent') {
      if (row === undefined || row.state.terminal) {
        return toTest(context, await lastWords(context, { target, directory, jobId, row }));
      }
      const state = `${row.state.status}${row.reason === undefined ? '' : ` (${row.reason})`}`;
      if (state !== lastState) onProgress(`job ${jobId} is ${state}`);
      lastState = state;
    }
    const leftMs = deadline - context.monotonicNow();
    if (leftMs <= 0) throw tooLate(request, { jobId, state: lastState });
    await context.sleep(Math.min(lookMs, leftMs));
    await takeTurn(context, target);
  }
}

async function readReport(
  context: AppContext,
  { target, directory }: { readonly target: TargetName; readonly directory: string },
): Promise<NodeTestReport> {
  const chunk = await context.shell(target).readFile({ path: `${directory}/report`, signal: context.signal });
  return parseNodeTestReport(chunk === undefined ? '' : new TextDecoder().decode(chunk.bytes));
}

/** `silent`: a controller that does not answer for a while says nothing about the nodes. */
async function lookAt(
  context: AppContext,
  job: { readonly target: TargetName; readonly jobId: string },
): Promise<JobObservation | 'silent' | undefined> {
  try {
    return (await findRows(context, job))[0];
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return 'silent';
  }
}

async function sendSignal(
  context: AppContext,
  { target, jobId }: { readonly target: TargetName; readonly jobId: string },
): Promise<void> {
  // Only the batch shell: without the option the signal goes to job steps, of which there are none.
  const argv = ['scancel', '--batch', '--signal=USR1', jobId] as const;
  // Whether it arrived is what the job says.
  await context.shell(target).run({ argv: [...argv], signal: context.signal });
}

/** What a job wrote at its end may be seen here a little later than the end itself: file systems between machines cache. */
async function lastWords(
  context: AppContext,
  end: Omit<Conversation, 'request'> & { readonly target: TargetName; readonly row: JobObservation | undefined },
): Promise<{ readonly jobId: string; readonly report: NodeTestReport }> {
  for (let looks = 0; ; looks += 1) {
    const report = await readReport(context, end);
    if (report.abilities.requeue !== null || looks === 5) return { jobId: end.jobId, report: withVerdict(report, end) };
    await context.sleep(lookMs);
  }
}

/** The job is over, and its report is silent or stops somewhere. Only a job that ran and says nothing speaks against the directory. */
function withVerdict(
  report: NodeTestReport,
  {
    jobId,
    directory,
    row,
  }: { readonly jobId: string; readonly directory: string; readonly row: JobObservation | undefined },
): NodeTestReport {
  const end = `job ${jobId} ended ${row?.state.raw ?? 'unseen'} on ${row?.nodeList || 'an unknown node'}`;
  const { abilities, complaints } = report;
  // Somebody ended it: what it had said by then is not all, and the last whole answer is worth more.
  if (row?.state.status === 'CANCELLED') throw noAnswer(end);
  if (abilities.sharedDirectory === null) {
    if (row === undefined || !hasRun(row)) throw noAnswer(end);
    return {
      ...report,
      node: row.nodeList || null,
      abilities: { ...abilities, sharedDirectory: false },
      complaints: { ...complaints, sharedDirectory: `${end} and left nothing in ${directory}` },
    };
  }
  const asked = abilities.signals !== null;
  return {
    ...report,
    abilities: asked ? { ...abilities, requeue: false } : abilities,
    complaints: asked ? { ...complaints, requeue: `${end} without having been started again` } : complaints,
  };
}

/** Slurm itself fails a job whose log it cannot open (`launch`): here that is in the directory, too. */
function hasRun({ state }: JobObservation): boolean {
  const { status, failureKind } = state;
  return status === 'COMPLETED' || failureKind === 'exit' || failureKind === 'launch';
}

function toTest(
  context: AppContext,
  { jobId, report }: { readonly jobId: string; readonly report: NodeTestReport },
): NodeTest {
  const { node, abilities, complaints } = report;
  return { testedAt: context.now(), jobId, node, runRoot: context.runRoot, abilities, complaints };
}

async function remember(
  context: AppContext,
  { target, test }: { readonly target: TargetName; readonly test: NodeTest },
): Promise<void> {
  const { store, clusterId } = await engineContext(context, target);
  await transact(store, () => saveNodeTest(store, { clusterId, test }));
}

/** Also after an interrupt, so not under its signal. A job that is still on its way finds no token and ends at once. */
async function cleanUp(
  context: AppContext,
  {
    target,
    directory,
    jobId,
  }: { readonly target: TargetName; readonly directory: string; readonly jobId: string | undefined },
): Promise<void> {
  const words = jobId === undefined ? '' : 'scancel "$2" 2>/dev/null; ';
  const argv = [
    'sh',
    '-c',
    `${words}rm -rf -- "$1"`,
    'sh',
    directory,
    ...(jobId === undefined ? [] : [jobId]),
  ] as const;
  await context.shell(target).run({ argv: ['sh', ...argv.slice(1)], timeoutMs: 30_000 });
}

/** Cancelled by somebody, say, or its node died: that says nothing about the nodes, and the result so far stays. */
function noAnswer(end: string): ConnectionError {
  return new ConnectionError(`the test found nothing out: ${end} before it could answer`, {
    code: 'doctor.no_answer',
    hint: 'Try again, with -p PARTITION on other nodes perhaps.',
  });
}

function tooLate(
  { timeoutSeconds }: NodeTestRequest,
  { jobId, state }: { readonly jobId: string; readonly state: string },
): TimeoutError {
  return new TimeoutError(`the test job ${jobId} did not answer within ${timeoutSeconds} s; it was ${state}`, {
    code: 'doctor.timeout',
    hint: 'It is cancelled. Give it more time with --timeout, or another partition with -p.',
  });
}
