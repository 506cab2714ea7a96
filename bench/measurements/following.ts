import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Measured, program, timeCommand } from '../measure.ts';

const intervalSeconds = 2;
const watchSeconds = 12;

/** Requests that the controller counts while somebody follows a run, of one job and of a thousand. */
export async function measureFollowing(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const one = await countRequests(1, { dir, env });
  const thousand = await countRequests(1_000, { dir, env });
  const ticks = Math.floor(watchSeconds / intervalSeconds) + 1;
  return [
    {
      what: 'following 1,000 jobs',
      value: `${thousand} job requests in ${watchSeconds} s (${ticks} looks)`,
      reference: `following one job: ${one}`,
      limit: 'one squeue per look',
      withinLimit: thousand <= ticks && thousand <= one + 1,
    },
  ];
}

async function countRequests(
  jobs: number,
  { dir, env }: { readonly dir: string; readonly env: NodeJS.ProcessEnv },
): Promise<number> {
  const file = join(dir, `follow-${jobs}.yaml`);
  const lines = Array.from({ length: jobs }, (_, index) => `  - {name: job${index}, command: sleep 600}`);
  writeFileSync(file, `name: follow\njobs:\n${lines.join('\n')}\n`);
  const argv = [program, 'flow', 'run', '--local', '--interval', `${intervalSeconds}`, file];
  const child = spawn(process.execPath, argv, { cwd: dir, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  await once(child.stderr, 'data');
  await sleep(intervalSeconds * 1000);
  const before = await jobRequests(env);
  await sleep(watchSeconds * 1000);
  const after = await jobRequests(env);
  child.kill('SIGINT');
  await ended;
  await timeCommand({ argv: ['scancel', '--me'], env });
  return after - before;
}

/** How often anybody asked for jobs, as the controller counts it; the name of the request depends on the release. */
async function jobRequests(env: NodeJS.ProcessEnv): Promise<number> {
  const { stdout } = await timeCommand({ argv: ['sdiag'], env });
  const counts = stdout.matchAll(/REQUEST_JOB_(?:USER_)?INFO(?:_SINGLE)?\s*\(\s*\d+\)\s*count:(\d+)/g);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
