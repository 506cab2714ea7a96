import { parseJobId } from '../../core/slurm/job-id.ts';
import { splitRecords } from '../../core/slurm/marked-text.ts';
import { randomMark, type SlurmClient, slurmError } from './slurm-client.ts';

export interface TokenQuery {
  readonly tokens: readonly string[];
  /** Epoch seconds of the oldest claim among them. */
  readonly since: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks for jobs that carry one of the tokens: in the queue by comment, and, where the accounting keeps command lines, among
 * the submit lines of those that left it. An error of either source is thrown: it must not look like absence.
 */
export async function findTokens(client: SlurmClient, query: TokenQuery): Promise<Map<string, string>> {
  const wanted = new Set(query.tokens);
  const found = new Map<string, string>();
  for (const [jobId, comment] of await queuedComments(client, query.signal)) {
    // The token stands behind everything that the user wrote.
    const token = /(?:^|\s)srunx:(\S+)$/.exec(comment)?.[1];
    if (token !== undefined && wanted.has(token) && !found.has(token)) found.set(token, jobId);
  }
  if (found.size === wanted.size) return found;
  for (const [jobId, line] of await recordedLines(client, query)) {
    for (const [, token = ''] of line.matchAll(/srunx:([\w.-]+)(?=\s|$)/g)) {
      if (wanted.has(token) && !found.has(token)) found.set(token, jobId);
    }
  }
  return found;
}

/** Job ids and comments of what the controller remembers of us. */
async function queuedComments(client: SlurmClient, signal?: AbortSignal): Promise<[string, string][]> {
  const marks = { field: randomMark(), record: randomMark() };
  const format = `ArrayJobID:${marks.field},Comment:${marks.record}`;
  const text = await client.query(['squeue', '--me', '--states=all', '--noheader', '-O', format], signal);
  return [...splitRecords(text, { marks, count: 2 })].flatMap(([jobId = '', comment = '']) =>
    /^\d+$/.test(jobId) ? [[jobId, comment] as [string, string]] : [],
  );
}

/** The clocks of this machine, of the plan directory and of the controller may differ. */
const clockSkewSeconds = 600;

/** Job ids and command lines from the accounting; none where it is absent, or too old to keep them (before 21.08). */
async function recordedLines(client: SlurmClient, { since, signal }: TokenQuery): Promise<[string, string][]> {
  const mark = randomMark();
  const start = `uts${Math.max(since - clockSkewSeconds, 1_000_000)}`;
  const format = ['-X', '-n', '-p', `--delimiter=${mark}`, '-S', start, '-o', 'JobID,SubmitLine'] as const;
  const reply = await client.attempt(['sacct', ...format], signal);
  if (reply.exitCode === 0) {
    return [...splitRecords(reply.stdout, { marks: { field: mark, record: mark }, count: 2 })].flatMap(
      ([jobId = '', line = '']) => {
        const base = parseJobId(jobId)?.base;
        return base === undefined ? [] : [[base, line] as [string, string]];
      },
    );
  }
  const error = slurmError({ argv: ['sacct'], reply, target: client.target });
  if (error.code === 'slurm.accounting_absent' || /Invalid field requested/i.test(reply.stderr)) return [];
  throw error;
}
