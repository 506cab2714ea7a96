import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Measured, program, timeCommand } from '../measure.ts';
import { type Requests, requestsSoFar } from '../requests.ts';
import { setPartitions } from './submission.ts';
import { sweepOf } from './sweeps.ts';

const intervalSeconds = 2;
const watchSeconds = 12;

/** What it asks for once, when it starts, is not counted. */
const beginSeconds = 5;

/**
 * Requests that the controller counts while somebody follows a run, of one job, of a thousand, and of a sweep. The jobs wait meanwhile:
 * those that start ask for things themselves.
 */
export async function measureFollowing(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  await setPartitions('DOWN', env);
  try {
    const one = await countRequests(workflowOf(1), { dir, env });
    const measured: Measured[] = [];
    for (const [what, text] of [
      ['1,000 jobs', workflowOf(1_000)],
      ['a sweep of 1,000 cells x 3', sweepOf(1_000)],
    ] as const) {
      const counted = await countRequests(text, { dir, env });
      measured.push({
        what: `following ${what}`,
        value: `${sumOf(counted)} requests in ${watchSeconds} s (${formatRequests(counted)})`,
        reference: `following one job: ${sumOf(one)} (${formatRequests(one)})`,
        limit: 'one squeue per look, as for one job',
        // A look may fall just inside of one of the two times; squeue asks for partitions, too.
        withinLimit: jobInfo(counted) > 0 && jobInfo(counted) <= looks && sumOf(counted) <= sumOf(one) + 2,
      });
    }
    return measured;
  } finally {
    await setPartitions('UP', env);
  }
}

const looks = Math.floor(watchSeconds / intervalSeconds) + 1;

function workflowOf(jobs: number): string {
  const lines = Array.from({ length: jobs }, (_, index) => `  - {name: job${index}, command: sleep 600}`);
  return `name: follow\njobs:\n${lines.join('\n')}\n`;
}

async function countRequests(
  text: string,
  { dir, env }: { readonly dir: string; readonly env: NodeJS.ProcessEnv },
): Promise<Requests> {
  const file = join(dir, 'follow.yaml');
  writeFileSync(file, text);
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

function jobInfo(requests: Requests): number {
  return sumOf(new Map([...requests].filter(([type]) => /^REQUEST_JOB_(?:USER_)?INFO/.test(type))));
}

function sumOf(requests: Requests): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0);
}

function formatRequests(requests: Requests): string {
  return [...requests].map(([type, count]) => `${count} ${type.replace('REQUEST_', '')}`).join(', ');
}
