import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Measured, program, timeCommand } from '../measure.ts';
import { setPartitions } from './submission.ts';

const intervalSeconds = 2;
const watchSeconds = 12;

/** What it asks for once, when it starts, is not counted. */
const beginSeconds = 5;

/** Requests by their type. */
type Requests = ReadonlyMap<string, number>;

/**
 * Requests that the controller counts while somebody follows a run, of one job and of a thousand. The jobs wait meanwhile: those that
 * start ask for things themselves.
 */
export async function measureFollowing(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  await setPartitions('DOWN', env);
  try {
    const one = await countRequests(1, { dir, env });
    const thousand = await countRequests(1_000, { dir, env });
    const looks = Math.floor(watchSeconds / intervalSeconds) + 1;
    return [
      {
        what: 'following 1,000 jobs',
        value: `${sumOf(thousand)} requests in ${watchSeconds} s (${formatRequests(thousand)})`,
        reference: `following one job: ${sumOf(one)} (${formatRequests(one)})`,
        limit: 'one squeue per look, as for one job',
        // A look may fall just inside of one of the two times; squeue asks for partitions, too.
        withinLimit: jobInfo(thousand) > 0 && jobInfo(thousand) <= looks && sumOf(thousand) <= sumOf(one) + 2,
      },
    ];
  } finally {
    await setPartitions('UP', env);
  }
}

async function countRequests(
  jobs: number,
  { dir, env }: { readonly dir: string; readonly env: NodeJS.ProcessEnv },
): Promise<Requests> {
  const file = join(dir, `follow-${jobs}.yaml`);
  const lines = Array.from({ length: jobs }, (_, index) => `  - {name: job${index}, command: sleep 600}`);
  writeFileSync(file, `name: follow\njobs:\n${lines.join('\n')}\n`);
  const submission = [process.execPath, program, 'flow', 'run', '--local', '--detach', file] as const;
  await timeCommand({ argv: submission, env, cwd: dir });
  const argv = [program, 'flow', 'attach', '--interval', `${intervalSeconds}`];
  const child = spawn(process.execPath, argv, { cwd: dir, env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await sleep(beginSeconds * 1000);
  const before = await requestsSoFar(env);
  await sleep(watchSeconds * 1000);
  const after = await requestsSoFar(env);
  if (child.exitCode !== null) throw new Error(`srunx flow attach ended with ${child.exitCode} while it was counted`);
  child.kill('SIGINT');
  await ended;
  await timeCommand({ argv: ['scancel', '--me'], env });
  const grown = [...after].map(([type, count]) => [type, count - (before.get(type) ?? 0)] as const);
  return new Map(grown.filter(([, count]) => count > 0));
}

/**
 * What anybody asked for, as the controller counts it: nobody else uses this cluster. Without what its own parts say to each other,
 * and without the question itself.
 */
async function requestsSoFar(env: NodeJS.ProcessEnv): Promise<Requests> {
  const { stdout } = await timeCommand({ argv: ['sdiag'], env });
  const byType = stdout.split('by message type')[1]?.split('by user')[0] ?? '';
  const counts = byType.matchAll(/(REQUEST_\w+)\s*\(\s*\d+\)\s*count:(\d+)/g);
  return new Map([...counts].flatMap(([, type = '', count]) => (own.has(type) ? [] : [[type, Number(count)]])));
}

const own: ReadonlySet<string> = new Set(['REQUEST_STATS_INFO', 'REQUEST_PING', 'REQUEST_NODE_REGISTRATION_STATUS']);

function jobInfo(requests: Requests): number {
  return sumOf(new Map([...requests].filter(([type]) => /^REQUEST_JOB_(?:USER_)?INFO/.test(type))));
}

function sumOf(requests: Requests): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0);
}

function formatRequests(requests: Requests): string {
  return [...requests].map(([type, count]) => `${count} ${type.replace('REQUEST_', '')}`).join(', ');
}
