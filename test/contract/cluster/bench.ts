import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { expect } from 'vitest';
import { waitUntil } from '../../../dev/processes.ts';
import type {
  Cluster,
  Submission,
  SubmissionBatch,
  SubmissionDependency,
  SubmissionElements,
  SubmissionReport,
  SubmitOptions,
} from '../../../src/cluster/cluster.ts';
import type { JobObservation } from '../../../src/core/slurm/job-observation.ts';
import { rollUpStates } from '../../../src/core/slurm/job-state.ts';
import { matchesJobId } from '../../../src/core/slurm/match-job-id.ts';
import type { Shell } from '../../../src/shell/shell.ts';

/** What a suite needs to know of the implementation that it tests. */
export interface ClusterUnderTest {
  /** A new object for the same cluster at every call, as another process of the same user would have it. */
  create(): Promise<Cluster>;
  /** Reaches the files that the cluster's jobs see. */
  createShell(): Promise<Shell>;
  /** A job that takes more memory than it asked for is ended. */
  readonly enforcesMemory?: () => boolean;
  /** Large enough for the jobs of several tests at once: what can be tested side by side is. */
  readonly isLarge?: boolean;
  /** Any partition may be named. */
  readonly ignoresPartitions?: boolean;
}

/** A job as a test describes it; what is not said does not matter to the test. */
export interface JobDraft {
  /** Also the job's name on the cluster. */
  readonly name: string;
  /** Lines of POSIX sh. */
  readonly script: string;
  /** The text of the whole script file instead, with its first line. */
  readonly file?: string;
  readonly options?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly comment?: string;
  /** Type and name of the parent, or the id of a job that exists already. */
  readonly after?: readonly (readonly [SubmissionDependency['type'], string | { readonly jobId: string }])[];
  /** For each task: type and name of the array whose task of the same index it waits for. */
  readonly each?: {
    readonly tasks: string;
    readonly edges: readonly (readonly [SubmissionDependency['type'], string])[];
    readonly after?: readonly string[];
  };
}

/** Slurm starts most jobs within a second; a busy machine may take its time. */
const endTimeoutMs = 60_000;

/** One cluster, a scratch directory that its jobs see, and short words for what tests do with them. */
export class Bench {
  readonly cluster: Cluster;
  readonly shell: Shell;
  readonly scratch: string;
  /** Begins every token, and so tells this suite's jobs from those of others. */
  readonly mark = `t${randomBytes(4).toString('hex')}`;
  #count = 0;

  constructor(parts: { readonly cluster: Cluster; readonly shell: Shell; readonly scratch: string }) {
    this.cluster = parts.cluster;
    this.shell = parts.shell;
    this.scratch = parts.scratch;
  }

  static async create({ create, createShell }: ClusterUnderTest): Promise<Bench> {
    const shell = await createShell();
    const { stdout } = await shell.run({ argv: ['sh', '-c', 'mktemp -d "${TMPDIR:-/tmp}/srunx-bench-XXXXXX"'] });
    const scratch = new TextDecoder().decode(stdout).trim();
    return new Bench({ cluster: await create(), shell, scratch });
  }

  /** Ends what tests have left and removes their files. */
  async close(): Promise<void> {
    try {
      const { jobs } = await this.cluster.observe({ scope: 'me' });
      const left = jobs.filter(({ state, comment = '' }) => !state.terminal && comment.includes(`srunx:${this.mark}`));
      const jobIds = left.map(({ jobId }) => jobId);
      await this.cluster.cancel({ jobIds });
      expect(await waitUntil(() => this.areOver(jobIds), endTimeoutMs)).toBe(true);
    } finally {
      await this.shell.run({ argv: ['rm', '-rf', '--', this.scratch] });
      await this.cluster[Symbol.asyncDispose]();
      await this.shell[Symbol.asyncDispose]();
    }
  }

  /** A path in the scratch directory that no other call has returned. */
  path(name = 'd'): string {
    this.#count += 1;
    return posix.join(this.scratch, `${this.#count}-${name}`);
  }

  /** A batch in a fresh plan directory. The log of each job is `<directory>/<name>.log` unless its options say otherwise. */
  batch(jobs: readonly JobDraft[]): SubmissionBatch {
    const directory = this.path('plan');
    const tokens = new Map(jobs.map(({ name }, index) => [name, `${this.mark}-${this.#count}-${index}`]));
    const submissions = jobs.map((job) => this.#submission(job, { directory, tokens }));
    const files = submissions.map(({ script }, index) => ({
      path: script,
      content: jobs[index]?.file ?? `#!/bin/sh\n${jobs[index]?.script}\n`,
      mode: 0o700,
    }));
    return { directory, files, submissions };
  }

  #submission(
    job: JobDraft,
    { directory, tokens }: { readonly directory: string; readonly tokens: ReadonlyMap<string, string> },
  ): Submission {
    const token = tokens.get(job.name) ?? '';
    const options = job.options ?? [];
    const logs = options.some((option) => option.startsWith('--output')) ? [] : [`--output=${directory}/%x.log`];
    return {
      token,
      script: posix.join(directory, `${token}.sh`),
      args: job.args ?? [],
      options: [`--job-name=${job.name}`, ...logs, ...options],
      dependencies: (job.after ?? []).map(([type, parent]) =>
        typeof parent === 'string' ? { type, token: tokens.get(parent) ?? '' } : { type, jobId: parent.jobId },
      ),
      ...(job.each === undefined ? {} : { elements: elementsOf(job.each, tokens) }),
      env: job.env ?? {},
      cwd: job.cwd ?? this.scratch,
      ...(job.comment === undefined ? {} : { comment: job.comment }),
    };
  }

  /** Submits jobs that must be accepted; their ids in the order given. */
  async submit(jobs: readonly JobDraft[], options: SubmitOptions = {}): Promise<string[]> {
    const batch = this.batch(jobs);
    return idsOf(await this.cluster.submit(batch, options), batch);
  }

  /** Submits one job that must be accepted. */
  async submitOne(job: Partial<JobDraft>): Promise<string> {
    const [jobId = ''] = await this.submit([{ name: 'job', script: 'exit 0', ...job }]);
    return jobId;
  }

  /** Runs one job to its end. */
  async run(
    job: Partial<JobDraft>,
  ): Promise<{ readonly jobId: string; readonly row: JobObservation; readonly output: string }> {
    const path = this.path('output');
    const options = [...(job.options ?? []), `--output=${path}`];
    const jobId = await this.submitOne({ ...job, options });
    return { jobId, row: await this.ended(jobId), output: (await this.read(path)) ?? '' };
  }

  /** What the cluster shows now of a job, an array, or a task. */
  async rows(jobId: string): Promise<readonly JobObservation[]> {
    const { jobs } = await this.cluster.observe({ scope: 'me' });
    return jobs.filter((row) => matchesJobId(row, jobId));
  }

  async areOver(jobIds: readonly string[]): Promise<boolean> {
    const { jobs } = await this.cluster.observe({ scope: 'me' });
    return jobIds.every((jobId) => {
      const rows = jobs.filter((row) => matchesJobId(row, jobId));
      return rows.every(({ state }) => state.terminal);
    });
  }

  /** Waits for the end of a job of which there is one row. */
  async ended(jobId: string): Promise<JobObservation> {
    const [row] = await this.allEnded([jobId]);
    if (row === undefined) throw new Error(`job ${jobId} is not known`);
    return row;
  }

  /** Waits for the end of jobs, arrays or tasks, and returns all their rows. */
  async allEnded(jobIds: readonly string[]): Promise<readonly JobObservation[]> {
    expect(await waitUntil(() => this.areOver(jobIds), endTimeoutMs), `${jobIds} do not end`).toBe(true);
    const { jobs } = await this.cluster.observe({ scope: 'me' });
    return jobs.filter((row) => jobIds.some((jobId) => matchesJobId(row, jobId)));
  }

  /** How each job of a list ended, `COMPLETED` or `FAILED` and so on, by the names given. */
  async endsOf<Name extends string>(jobIds: Readonly<Record<Name, string>>): Promise<Record<Name, string>> {
    const rows = await this.allEnded(Object.values(jobIds));
    const ends = Object.entries<string>(jobIds).map(([name, jobId]) => {
      const states = rows.filter((row) => matchesJobId(row, jobId)).map(({ state }) => state);
      return [name, rollUpStates(states).state.status];
    });
    return Object.fromEntries(ends) as Record<Name, string>;
  }

  /** Waits until a job, or any of the rows of an array, has reached a state. */
  async reaches(jobId: string, status: JobObservation['state']['status']): Promise<void> {
    const isThere = async () => (await this.rows(jobId)).some(({ state }) => state.status === status);
    expect(await waitUntil(isThere, endTimeoutMs), `${jobId} does not get ${status}`).toBe(true);
  }

  /** Jobs that carry one of the batch's tokens, by token; an array counts once. */
  async jobsOf({ submissions }: Pick<SubmissionBatch, 'submissions'>): Promise<Record<string, string[]>> {
    const { jobs } = await this.cluster.observe({ scope: 'me' });
    return Object.fromEntries(
      submissions.map(({ token }) => {
        const rows = jobs.filter(({ comment = '' }) => comment.endsWith(`srunx:${token}`));
        return [token, [...new Set(rows.map((row) => row.arrayJobId ?? row.jobId))]];
      }),
    );
  }

  async read(path: string): Promise<string | undefined> {
    const chunk = await this.shell.readFile({ path, maxBytes: 64 * 1024 * 1024 });
    return chunk === undefined ? undefined : new TextDecoder().decode(chunk.bytes);
  }

  async write(path: string, content = ''): Promise<void> {
    await this.shell.writeFiles([{ path, content, mode: 0o644 }]);
  }

  /** Waits until a file of a job has this text in it, and returns all of it. */
  async readOnce(path: string, part: string): Promise<string> {
    let text: string | undefined;
    const isThere = async () => {
      text = await this.read(path);
      return text?.includes(part) ?? false;
    };
    expect(await waitUntil(isThere, endTimeoutMs), `${path} does not get ${part}`).toBe(true);
    return text ?? '';
  }
}

function elementsOf(
  { tasks, edges, after = [] }: NonNullable<JobDraft['each']>,
  tokens: ReadonlyMap<string, string>,
): SubmissionElements {
  return {
    tasks,
    edges: edges.map(([type, parent]) => ({ type, token: tokens.get(parent) ?? '' })),
    after: after.map((parent) => tokens.get(parent) ?? ''),
  };
}

/** The ids of a batch that must have been submitted as a whole. */
export function idsOf(report: SubmissionReport, batch: Pick<SubmissionBatch, 'submissions'>): string[] {
  expect(report.phase, JSON.stringify([...report.outcomes])).toBe('done');
  return batch.submissions.map(({ token }) => {
    const outcome = report.outcomes.get(token);
    if (outcome?.kind !== 'submitted') throw new Error(`${token} was not submitted: ${JSON.stringify(outcome)}`);
    return outcome.jobId;
  });
}

/** Lines of sh that wait for a file, for a minute at most. */
export function waitForFile(path: string): string {
  return `n=0; while [ ! -e '${path}' ] && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done`;
}
