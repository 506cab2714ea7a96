import { type HandoverLog, parseHandoverLog } from '../../core/slurm/handover-log.ts';
import type { SubmitOptions } from '../cluster.ts';
import { inspectSubmission } from './inspect-submission.ts';
import { pause } from './pause.ts';
import type { SlurmClient } from './slurm-client.ts';

export interface FollowOptions extends SubmitOptions {
  /** Bytes of the log that an earlier hand-over wrote. */
  readonly from: number;
}

/** Silent for so long, it may have died: a full disk, a killed login session. */
const quietLimitMs = 2_000;

/** Waits until the hand-over has said its last word, or has died without one. Tells of each job as it is submitted. */
export async function followHandover(
  client: SlurmClient,
  directory: string,
  options: FollowOptions,
): Promise<HandoverLog> {
  const startedAt = performance.now();
  const deadline = startedAt + (options.timeoutMs ?? 600_000);
  const read = createLogReader(client, directory, options);
  let reported = 0;
  let heardAt = startedAt;
  for (;;) {
    const log = parseHandoverLog(await read());
    const news = [...log.jobs].slice(reported);
    for (const [token, jobId] of news) options.onSubmitted?.(token, jobId);
    reported += news.length;
    const now = performance.now();
    if (log.end !== undefined || now > deadline) return log;
    if (news.length > 0) heardAt = now;
    else if (now - heardAt > quietLimitMs) {
      const { phase } = await inspectSubmission(client, { directory, submissions: [] }, options.signal);
      if (phase !== 'running') return log;
      heardAt = now;
    }
    // A twentieth of the time it has taken so far: prompt for a few jobs, and no burden for many.
    await pause(Math.min(Math.max((now - startedAt) / 20, 5), 100), options.signal);
  }
}

/** Returns the whole text since the start; each call reads only what is new. */
function createLogReader(client: SlurmClient, directory: string, options: FollowOptions): () => Promise<string> {
  const path = `${directory}/handover.log`;
  const decoder = new TextDecoder();
  let offset = options.from;
  let text = '';
  return async () => {
    const chunk = await client.shell.readFile({ path, offset, signal: options.signal });
    if (chunk !== undefined) {
      offset += chunk.bytes.length;
      text += decoder.decode(chunk.bytes, { stream: true });
    }
    return text;
  };
}
