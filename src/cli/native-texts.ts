import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { NodeInfo } from '../core/slurm/node-info.ts';
import { formatLocalTime } from './local-time.ts';

// What squeue and sinfo print in their own patterns, which scripts read.

/** Where it runs, or why it does not, or why it failed. */
export function nativeWhere({ state, reason = 'None', nodeList = '' }: JobObservation): string {
  const failed = ['FAILED', 'TIMEOUT', 'OUT_OF_MEMORY', 'DEADLINE'].includes(state.raw);
  return failed || state.status === 'PENDING' ? `(${reason})` : nodeList;
}

export function nativeTime(seconds: number | undefined): string {
  return seconds === undefined ? 'N/A' : formatLocalTime(seconds);
}

/** Of a job that has not ended, when its time limit would end it. */
export function nativeEnd({ state, startTime, endTime, timeLimitSeconds }: JobObservation): string {
  if (state.terminal || startTime === undefined || timeLimitSeconds === undefined) return nativeTime(endTime);
  return timeLimitSeconds === null ? 'NONE' : formatLocalTime(startTime + timeLimitSeconds);
}

/** As the job asked for it; the embedded runner knows the number alone. */
export function tresPerNode({ extra, gpus }: JobObservation): string | undefined {
  return extra?.['tres-per-node'] ?? (extra === undefined && gpus > 0 ? `gres:gpu:${gpus}` : undefined);
}

/** What a node has of GPUs, each kind once. */
export function gresText(nodes: readonly Pick<NodeInfo, 'gpus' | 'shared'>[]): string {
  const texts = nodes.flatMap(({ gpus, shared }) =>
    [...gpus.map((gpu) => ({ name: 'gpu', ...gpu })), ...shared].map(({ name, type, total }) =>
      [name, type, total].filter((part) => part !== '').join(':'),
    ),
  );
  return [...new Set(texts)].join(',') || '(null)';
}
