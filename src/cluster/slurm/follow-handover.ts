import { type HandoverLog, parseHandoverLog } from '../../core/slurm/handover-log.ts';
import type { SubmitOptions } from '../cluster.ts';
import { inspectSubmission } from './inspect-submission.ts';
import { pause } from './pause.ts';
import type { SlurmClient } from './slurm-client.ts';

export interface FollowOptions extends SubmitOptions {
  /** Bytes of the log that an earlier hand-over wrote. */
  readonly from: number;
  /** What is known already of what it wrote since. */
  readonly news: Uint8Array;
}

/** Silent for so long, it may have died: a full disk, a killed login session. */
const quietLimitMs = 2_000;

/**
 * Waits until the hand-over has said its last word, or has died without one. Tells of each job as it is submitted, and
 * returns what was heard.
 */
export async function followHandover(
  client: SlurmClient,
  directory: string,
  options: FollowOptions,
): Promise<Pick<HandoverLog, 'jobs' | 'end'>> {
  const { onSubmitted, signal, timeoutMs = 600_000 } = options;
  const startedAt = performance.now();
  const readNews = createLogReader(client, directory, options);
  const jobs = new Map<string, string>();
  let heardAt = startedAt;
  for (;;) {
    const news = parseHandoverLog(await readNews());
    for (const [token, jobId] of news.jobs) {
      jobs.set(token, jobId);
      onSubmitted?.(token, jobId);
    }
    const now = performance.now();
    if (news.end !== undefined || now - startedAt > timeoutMs) return { jobs, end: news.end };
    if (news.jobs.size > 0) heardAt = now;
    else if (now - heardAt > quietLimitMs) {
      const { phase } = await inspectSubmission(client, { directory, submissions: [] }, signal);
      if (phase !== 'running') return { jobs, end: undefined };
      heardAt = now;
    }
    // A fortieth of the time it has taken so far: prompt for a few jobs, and no burden for many.
    await pause(Math.min(Math.max((now - startedAt) / 40, 5), 150), signal);
  }
}

/** Each call returns the lines that are new. */
function createLogReader(client: SlurmClient, directory: string, options: FollowOptions): () => Promise<string> {
  const path = `${directory}/handover.log`;
  const decoder = new TextDecoder();
  let offset = options.from;
  let known: Uint8Array | undefined = options.news.length === 0 ? undefined : options.news;
  let unfinished = '';
  const read = async () => {
    const bytes = known ?? (await client.shell.readFile({ path, offset, signal: options.signal }))?.bytes;
    known = undefined;
    return bytes;
  };
  return async () => {
    const bytes = await read();
    if (bytes === undefined) return '';
    offset += bytes.length;
    const text = unfinished + decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf('\n') + 1;
    unfinished = text.slice(end);
    return text.slice(0, end);
  };
}
