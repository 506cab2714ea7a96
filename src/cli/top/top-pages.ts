import type { AppContext, TargetName } from '../../app/app-context.ts';
import { showJob } from '../../app/show-job.ts';
import { type TailEvent, tailLogs } from '../../app/tail-logs.ts';
import { jobRecordText } from '../job-record.ts';
import { messageOf } from './act-on-jobs.ts';
import { createLogText } from './log-text.ts';
import type { TopEvent } from './top-state.ts';

type Page = Extract<TopEvent, { kind: 'page' }>;

export interface PageRequest {
  readonly target: TargetName;
  readonly jobId: string;
}

/** What `show` prints. */
export async function detailsPage(app: AppContext, { target, jobId }: PageRequest): Promise<Page> {
  try {
    const shown = await showJob(app, { target, jobId });
    const problems = shown.problems.map((problem) => `${problem}; there may be more to know`);
    const lines = [...problems, ...jobRecordText(shown).split('\n')];
    return { kind: 'page', jobId, lines, remark: '' };
  } catch (error) {
    return { kind: 'page', jobId, lines: messageOf(error).text.split('\n'), remark: '' };
  }
}

/** So many lines of a log are shown at first. */
const firstLines = 300;

/** What `tail --follow` shows, again whenever something is new. */
export async function* logPages(app: AppContext, { target, jobId }: PageRequest): AsyncGenerator<Page> {
  const text = createLogText();
  let remark = '';
  let hasSeveral = false;
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const take = (event: TailEvent) => {
    if (event.kind === 'sources') hasSeveral = event.sources.length > 1;
    if (event.kind !== 'bytes') {
      remark = remarkOf(event) ?? remark;
      if (event.kind === 'restarted') text.remark('(the log was started anew)');
      return;
    }
    const { stream } = event.source;
    const mark = hasSeveral && stream === 'stderr' ? 'stderr: ' : '';
    text.add(decoders[stream].decode(event.bytes, { stream: true }), mark);
  };
  try {
    const start = { kind: 'lines', count: firstLines } as const;
    const streams = ['stdout', 'stderr'] as const;
    for await (const event of tailLogs(app, {
      target,
      jobIds: [jobId],
      streams,
      start,
      follow: true,
      intervalMs: 1_000,
    })) {
      take(event);
      yield { kind: 'page', jobId, lines: text.lines(), remark };
    }
  } catch (error) {
    text.remark(messageOf(error).text);
    yield { kind: 'page', jobId, lines: text.lines(), remark: '' };
  }
}

function remarkOf(event: Exclude<TailEvent, { kind: 'bytes' }>): string | undefined {
  switch (event.kind) {
    case 'sources':
      return 'following';
    case 'waiting':
      return event.reason === undefined ? event.status : `${event.status} (${event.reason})`;
    case 'silent':
      return 'the cluster does not answer; the log goes on';
    case 'ended':
      return event.status;
    case 'restarted':
    case 'missing':
      return undefined;
  }
}
