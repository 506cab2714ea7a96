import type { HistoryEntry } from '../app/history-entry.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import { shortStateName } from '../core/slurm/job-state.ts';
import { engineStateColour } from './colours.ts';
import type { Field, Listing } from './field.ts';
import { sentCodeFacts, sentCodeJson } from './sent-code.ts';
import { formatShortTime } from './short-time.ts';

type HistoryField = Field<HistoryEntry>;

const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
const isoSeconds = (seconds: number | undefined) => iso(seconds === undefined ? undefined : seconds * 1000);
const shown = (ms: number | undefined, utc: boolean) => (ms === undefined ? '-' : formatShortTime(ms, { utc }));

/** A field that is shown as it is in JSON. */
const plain = (key: string, title: string, json: (entry: HistoryEntry) => unknown): HistoryField => ({
  key,
  title,
  json,
});
const number = (key: string, title: string, json: (entry: HistoryEntry) => unknown): HistoryField => ({
  ...plain(key, title, json),
  align: 'right',
});

/** The columns of `srunx history`; times in the user's zone unless that is not wanted. */
export function historyListing({
  utc,
  allClusters,
}: {
  readonly utc: boolean;
  readonly allClusters: boolean;
}): Listing<HistoryEntry> {
  const cluster = allClusters ? ['cluster'] : [];
  return {
    fields: [...about, ...times(utc), ...amounts, ...origin, ...words],
    table: ['job_id', 'name', 'status', 'submitted_at', 'duration_seconds', 'gpus', ...cluster, 'tags'],
    wide: [
      ...['job_id', 'name', 'status', 'submitted_at', 'start_time', 'end_time', 'duration_seconds', 'exit_code'],
      ...['gpus', 'cpus', 'nodes', 'partition', 'nodelist', 'cluster', 'run_id', 'workflow', 'command', 'tags', 'note'],
    ],
    id: ({ jobId, runId, name }) => jobId ?? `${runId}/${name}`,
  };
}

const about: readonly HistoryField[] = [
  plain('job_id', 'JOBID', ({ jobId }) => jobId ?? null),
  { ...plain('name', 'NAME', ({ name }) => name), elastic: true },
  {
    ...plain('status', 'STATUS', ({ status }) => status),
    text: statusText,
    colour: ({ state }) => engineStateColour(state),
    short: { title: 'ST', value: ({ status, rawState }) => shortStateName(rawState ?? status) ?? status },
  },
  plain('state', 'STATE', ({ state }) => state),
  plain('raw_state', 'RAW_STATE', ({ rawState }) => rawState ?? null),
  plain('failure_kind', 'FAILURE', ({ failureKind }) => failureKind ?? null),
  { ...plain('reason', 'REASON', ({ reason }) => reason ?? null), elastic: true },
  plain('stale', 'STALE', ({ stale }) => stale),
];

const times = (utc: boolean): readonly HistoryField[] => [
  {
    ...plain('submitted_at', 'SUBMITTED', ({ submittedAt }) => iso(submittedAt)),
    text: ({ submittedAt }) => shown(submittedAt, utc),
    drop: 2,
  },
  {
    ...plain('start_time', 'STARTED', ({ startTime }) => isoSeconds(startTime)),
    text: ({ startTime }) => shown(startTime === undefined ? undefined : startTime * 1000, utc),
  },
  {
    ...plain('end_time', 'ENDED', ({ endTime }) => isoSeconds(endTime)),
    text: ({ endTime }) => shown(endTime === undefined ? undefined : endTime * 1000, utc),
  },
  {
    ...number('duration_seconds', 'DURATION', ({ durationSeconds }) => durationSeconds ?? null),
    text: ({ durationSeconds }) => (durationSeconds === undefined ? '-' : formatDuration(durationSeconds)),
    drop: 1,
  },
  number('exit_code', 'EXIT', ({ exitCode }) => exitCode ?? null),
  number('exit_signal', 'SIGNAL', ({ exitSignal }) => exitSignal ?? null),
  number('restarts', 'RESTARTS', ({ restarts }) => restarts),
];

const amounts: readonly HistoryField[] = [
  number('nodes', 'NODES', ({ nodes }) => nodes ?? null),
  number('cpus', 'CPUS', ({ cpus }) => cpus ?? null),
  { ...number('gpus', 'GPUS', ({ gpus }) => gpus ?? null), drop: 3 },
  plain('partition', 'PARTITION', ({ partition }) => partition ?? null),
  { ...plain('nodelist', 'NODELIST', ({ nodeList }) => nodeList ?? null), elastic: true },
];

const origin: readonly HistoryField[] = [
  plain('cluster', 'CLUSTER', ({ cluster }) => cluster.name),
  plain('cluster_key', 'CLUSTER_KEY', ({ cluster }) => cluster.key),
  plain('target', 'TARGET', ({ target }) => target),
  plain('run_id', 'RUN', ({ runId }) => runId),
  { ...plain('workflow', 'WORKFLOW', ({ workflow }) => workflow ?? null), elastic: true },
  { ...plain('source', 'SOURCE', ({ source }) => source), elastic: true },
  { ...plain('command', 'COMMAND', ({ command }) => command ?? null), elastic: true },
  { ...plain('comment', 'COMMENT', ({ comment }) => comment ?? null), elastic: true },
  { ...plain('script', 'SCRIPT', ({ plan }) => plan().script ?? null), elastic: true },
  { ...plain('log', 'LOG', ({ plan }) => plan().log ?? null), elastic: true },
  {
    ...plain('code', 'CODE', sentCodeJson),
    text: (entry) =>
      sentCodeFacts(entry)
        .map(([, value]) => value)
        .join('; ') || '-',
    elastic: true,
  },
  { ...plain('directory', 'DIRECTORY', ({ directory }) => directory), elastic: true },
];

const words: readonly HistoryField[] = [
  {
    ...plain('tags', 'TAGS', ({ tags }) => tags),
    text: ({ tags }) => tags.join(','),
    elastic: true,
    drop: 4,
  },
  { ...plain('note', 'NOTE', ({ note }) => note ?? null), elastic: true },
];

/** States that say more than the status under which they are listed. */
const telling: ReadonlySet<string> = new Set(['waiting', 'skipped', 'lost', 'refused', 'withdrawn']);

/** The status and, where somebody is more precise, the word for it: `FAILED (OUT_OF_MEMORY)`, `CANCELLED (skipped)`. */
export function statusText({ status, state, rawState, stale }: HistoryEntry): string {
  const isPrecise = rawState !== undefined && !rawState.toUpperCase().startsWith(status);
  const more = [telling.has(state) ? state : isPrecise ? rawState : '', stale ? 'stale' : ''].filter(Boolean);
  return more.length === 0 ? status : `${status} (${more.join(', ')})`;
}

/** One entry as the documented JSON has it. */
export function historyJson(entry: HistoryEntry): Record<string, unknown> {
  const { fields } = historyListing({ utc: false, allClusters: true });
  return Object.fromEntries(fields.flatMap(({ key, json }) => (json === undefined ? [] : [[key, json(entry)]])));
}
