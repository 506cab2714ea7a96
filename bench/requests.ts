import { timeCommand } from './measure.ts';

/** Requests by their type. */
export type Requests = ReadonlyMap<string, number>;

/**
 * What anybody asked for, as the controller counts it: nobody else uses this cluster. Without what its own parts say to each other,
 * and without the question itself.
 */
export async function requestsSoFar(env: NodeJS.ProcessEnv): Promise<Requests> {
  const { stdout } = await timeCommand({ argv: ['sdiag'], env });
  const byType = stdout.split('by message type')[1]?.split('by user')[0] ?? '';
  const counts = byType.matchAll(/(REQUEST_\w+)\s*\(\s*\d+\)\s*count:(\d+)/g);
  return new Map([...counts].flatMap(([, type = '', count]) => (own.has(type) ? [] : [[type, Number(count)]])));
}

const own: ReadonlySet<string> = new Set(['REQUEST_STATS_INFO', 'REQUEST_PING', 'REQUEST_NODE_REGISTRATION_STATUS']);
