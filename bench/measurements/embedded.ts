import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Measured, program, timeCommand } from '../measure.ts';

const cells = 1_000;

/**
 * How many short cells the embedded runner gets through, each of one job or of three: from Enter until the last has ended. What it
 * is compared with is the least that any runner has to do: a shell for each of them, one after another on each core.
 */
export async function measureEmbedded(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const own = { ...env, XDG_STATE_HOME: join(dir, 'embedded-state') };
  const shells = await shellsPerSecond(own);
  const measured: Measured[] = [];
  for (const jobs of [1, 3]) {
    const file = join(dir, `short-${jobs}.yaml`);
    writeFileSync(file, workflowOf(jobs));
    const argv = [process.execPath, program, 'flow', 'run', '--embedded', '--quiet', file] as const;
    const perSecond = cells / ((await timeCommand({ argv, env: own, cwd: dir })).ms / 1000);
    measured.push({
      what: `embedded runner, ${cells} cells x ${jobs}`,
      value: `${perSecond.toFixed(0)} cells/s`,
      reference: `the shells alone ${(shells / jobs).toFixed(0)} cells/s on ${availableParallelism()} cores`,
      limit: '50 cells/s',
      withinLimit: perSecond >= 50,
    });
  }
  return measured;
}

async function shellsPerSecond(env: NodeJS.ProcessEnv): Promise<number> {
  const script = `seq ${cells} | xargs -n 1 -P ${availableParallelism()} sh -c true`;
  return cells / ((await timeCommand({ argv: ['sh', '-c', script], env })).ms / 1000);
}

function workflowOf(jobs: number): string {
  const lines = Array.from({ length: jobs }, (_, index) => {
    const parent = index === 0 ? '' : `, depends_on: [job${index - 1}]`;
    return `  - {name: job${index}, command: 'true'${parent}}`;
  });
  return `name: short\nsweep: {matrix: {x: {range: [0, ${cells}]}}, max_parallel: 50}\njobs:\n${lines.join('\n')}\n`;
}
