import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { type CrashPoint, crashPoints } from '../../src/engine/crash-points.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { ageClaims } from './plan-directory.ts';
import { homeOf, type Run, useProgram } from './use-program.ts';

const scratch = mkdtempSync(join(tmpdir(), 'srunx-crash-'));
const ran = join(scratch, 'ran');
afterAll(() => rmSync(scratch, { recursive: true }));

const job = (name: string, command: string, more = '') =>
  `  - {name: ${name}, launcher: none, command: '${command}'${more}}`;
const line = `echo $SRUNX_RUN $SRUNX_JOB >> ${ran}`;
const chain = `name: crash
jobs:
${[job('first', line), job('second', line, ', depends_on: [first]'), job('third', line, ', depends_on: [first, second]')].join('\n')}
`;

function linesOf(id: string): readonly string[] {
  const lines = existsSync(ran) ? readFileSync(ran, 'utf8').split('\n') : [];
  return lines
    .filter((text) => text.startsWith(id))
    .map((text) => text.split(' ')[1] ?? '')
    .sort();
}

interface Moment {
  /** Whose submission, or the release of all. */
  readonly name: string;
  readonly does: 'before' | 'behind' | 'without the answer of';
}

/** In the place of a command of Slurm: at the moment it does what it is for, or not, and ends all of the hand-over but itself. */
function toolThatEnds(tool: string, { moment, bin }: { readonly moment: Moment; readonly bin: string }): string {
  const { name, does } = moment;
  const end = 'kill -9 "$(cut -d" " -f6 /proc/$$/stat)"; exit 1';
  const lose = 'echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"; exit 1';
  const act = `${does === 'before' ? '' : '"$real" "$@" >/dev/null; '}${does === 'without the answer of' ? lose : end}`;
  const when = name === 'release' ? 'release*' : `*--job-name=${name}*`;
  return `#!/bin/sh
real=$(PATH=\${PATH#*:} command -v ${tool})
if [ ! -e ${bin}/done ]; then
  case "$*" in ${when}) touch ${bin}/done; ${act} ;; esac
fi
exec "$real" "$@"
`;
}

const reached = new Set<CrashPoint>();

describe('a process that ends', () => {
  const cluster = useDevCluster();
  const { srunx, crash, newest, settle, submissionsOf } = useProgram(scratch, () =>
    homeOf(scratch, 'crash', cluster().env),
  );
  beforeAll(() => {
    writeFileSync(join(scratch, 'chain.yaml'), chain);
    writeFileSync(
      join(scratch, 'sleep.yaml'),
      `name: sleep\njobs:\n${job('a', `${line}; sleep 300`)}\n${job('b', line, ', depends_on: [a]')}\n`,
    );
  });

  const expectWhole = async (run: Run) => {
    expect([run.status, linesOf(run.run_id)]).toEqual(['completed', ['first', 'second', 'third']]);
    await expect.poll(() => submissionsOf(run.run_id), { timeout: 30_000 }).toEqual([1, 1, 1]);
  };

  it.each(['handover-started', 'handover-answered', 'handover-recorded', 'look-taken', 'look-recorded'] as const)(
    'at %s leaves a run that finishes',
    async (point) => {
      await crash(point, 'flow', 'run', '--local', '-i', '1', 'chain.yaml');
      await expectWhole(await settle());
      reached.add(point);
    },
  );

  it('at run-recorded has submitted nothing, and says so', async () => {
    await crash('run-recorded', 'flow', 'run', '--local', 'chain.yaml');
    const run = await settle();
    expect([run.status, linesOf(run.run_id)]).toEqual(['cancelled', []]);
    expect(await submissionsOf(run.run_id)).toEqual([]);
    reached.add('run-recorded');
  });

  it.each(['recovery-inspected', 'recovery-resumed'] as const)(
    'at plan-written, and the next at %s, leave a run that finishes',
    async (point) => {
      await crash('plan-written', 'flow', 'run', '--local', 'chain.yaml');
      await crash(point, 'flow', 'list');
      await expectWhole(await settle());
      reached.add('plan-written').add(point);
    },
  );

  it('with all of its database leaves a run that finishes', async () => {
    await crash('plan-written', 'flow', 'run', '--local', 'chain.yaml');
    const { run_id: id } = JSON.parse((await srunx(['flow', 'status', '--json'])).stdout) as Run;
    rmSync(join(scratch, 'crash', 'state'), { recursive: true });
    const run = await settle();
    expect(run.run_id).toBe(id);
    await expectWhole(run);
  });

  it.each(['before', 'while'])(
    'at withdrawal-marked, %s anything is submitted, leaves a run that ends',
    async (when) => {
      if (when === 'before') await crash('plan-written', 'flow', 'run', '--local', 'chain.yaml');
      else await handOverWith({ name: 'second', does: 'behind' }, 'chain.yaml');
      const id = newestDirectory('crash');
      await crash('withdrawal-marked', 'flow', 'cancel', id);
      const run = await settle();
      expect([run.run_id, run.status, linesOf(id)]).toEqual([id, 'cancelled', []]);
      expect(Math.max(0, ...(await submissionsOf(id)))).toBeLessThan(2);
      reached.add('withdrawal-marked');
    },
  );

  it.each(['cancel-marked', 'cancel-sent'] as const)('at %s can be told again to cancel', async (point) => {
    await srunx(['flow', 'run', '--local', '--detach', 'sleep.yaml']);
    const { run_id: id } = await newest();
    await waitUntil(async () => (await newest()).jobs[0]?.state === 'running', 60_000);
    await crash(point, 'flow', 'cancel', id);
    expect((await srunx(['flow', 'cancel', id])).code).toBe(0);
    const run = await settle();
    expect([run.status, linesOf(id)]).toEqual(['cancelled', ['a']]);
    reached.add(point);
  });

  it.each(['handover-started', 'handover-answered', 'handover-recorded'] as const)(
    'at %s of what is added to a sweep leaves a sweep that finishes',
    async (point) => {
      const id = await startSweep();
      await crash(point, 'sweep', 'extend', id, '--add', 'x=c', '-d');
      await expectGrown(id);
    },
  );

  it.each(['kept', 'lost'])(
    'before what is added to a sweep is handed over leaves one that can be told again, with its database %s',
    async (database) => {
      const id = await startSweep();
      await crash('plan-written', 'sweep', 'extend', id, '--add', 'x=c', '-d');
      if (database === 'lost') rmSync(join(scratch, 'crash', 'state'), { recursive: true });
      await expectGrown(id);
    },
  );

  it('when what is added to a sweep is only recorded has submitted none of it, and can be told again', async () => {
    const id = await startSweep();
    await crash('run-recorded', 'sweep', 'extend', id, '--add', 'x=c', '-d');
    expect((await settle()).status).toBe('cancelled');
    expect(linesOf(id)).toEqual(['a', 'b']);
    expect((await srunx(['sweep', 'retry', id, '--cancelled', '-d'])).code).toBe(0);
    await expectGrown(id);
  });

  /** A sweep of two cells. */
  const startSweep = async (): Promise<string> => {
    writeFileSync(
      join(scratch, 'sweep.yaml'),
      `name: cells
sweep: {matrix: {x: [a, b]}, max_parallel: 2}
jobs:
${job('one', `echo $SRUNX_RUN {{ x }} >> ${ran}`)}
`,
    );
    return (await srunx(['flow', 'run', '--local', '--detach', 'sweep.yaml'])).stdout.trim();
  };
  const expectGrown = async (id: string) => {
    const run = await settle();
    expect([run.run_id, run.status, linesOf(id)]).toEqual([id, 'completed', ['a', 'b', 'c']]);
    // By tasks: of the first array two, and of the added one one.
    await expect.poll(() => submissionsOf(id), { timeout: 30_000 }).toEqual([2, 1]);
  };

  /** A hand-over that is ended by a command that it calls. */
  const handOverWith = async (moment: Moment, file: string) => {
    const bin = mkdtempSync(join(scratch, 'bin-'));
    for (const tool of ['sbatch', 'scontrol']) {
      writeFileSync(join(bin, tool), toolThatEnds(tool, { moment, bin }));
      chmodSync(join(bin, tool), 0o755);
    }
    const path = `${bin}:${homeOf(scratch, 'crash', cluster().env)['PATH']}`;
    await srunx(['flow', 'run', '--local', '--detach', file], { PATH: path });
    expect(existsSync(join(bin, 'done')), 'the moment never came').toBe(true);
  };
  // Before a submission its claim is there, and the receipts of all before it; before the release there are all receipts.
  const moments: readonly Moment[] = [
    { name: 'first', does: 'before' },
    { name: 'first', does: 'behind' },
    { name: 'second', does: 'before' },
    { name: 'second', does: 'without the answer of' },
    { name: 'third', does: 'before' },
    { name: 'third', does: 'behind' },
    { name: 'release', does: 'before' },
    { name: 'release', does: 'behind' },
  ];

  it.each(moments)(
    'that hands over, ended $does $name, leaves a run of which all is known, or asked',
    async (moment) => {
      await handOverWith(moment, 'chain.yaml');
      let run = await newest();
      // It would be looked for during two minutes.
      ageClaims(run.directory);
      run = await settle();
      if (moment.does === 'before' && moment.name !== 'release') {
        expect([run.status, linesOf(run.run_id)]).toEqual(['unknown', []]);
        expect((await srunx(['flow', 'resume', run.run_id, '--submit', moment.name, '-i', '1'])).code).toBe(0);
        run = await settle();
      }
      await expectWhole(run);
    },
  );
});

describe('a driver that ends', () => {
  const cluster = useDevCluster({ nodes: 1, cpus: 4, scontrol: 'missing' });
  const { srunx, crash, newest, settle, submissionsOf } = useProgram(scratch, () =>
    homeOf(scratch, 'driver', cluster().env),
  );
  const points = ['try-chosen', 'try-submitted', 'children-directed', 'try-recorded', 'children-released'] as const;
  beforeAll(async () => {
    const workflow = `name: driven\njobs:\n${[
      job('bad', `[ "$SRUNX_ATTEMPT" -ge 2 ] && ${line}`, ', retry: {max: 2, delay: 1}'),
      job('next', line, ', depends_on: [bad]'),
      job('any', line, ', depends_on: ["afterany:bad"]'),
    ].join('\n')}\n`;
    writeFileSync(join(scratch, 'driven.yaml'), workflow);
    await srunx(['doctor', '--job']);
  }, 120_000);
  const crashDriving = async (point: CrashPoint) => {
    await srunx(['flow', 'run', '--local', '--detach', 'driven.yaml']);
    const { run_id: id } = await newest();
    await crash(point, 'flow', 'attach', id, '-i', '1');
    return id;
  };
  const expectDriven = async (id: string) => {
    expect((await srunx(['flow', 'attach', id, '-i', '1'])).code).toBe(0);
    const run = await settle();
    expect([run.status, linesOf(id)]).toEqual(['completed', ['any', 'bad', 'next']]);
    await expect.poll(() => submissionsOf(id), { timeout: 30_000 }).toEqual([1, 1, 1, 1]);
  };

  it.each(points)('at %s has submitted nothing twice, and the next one goes on', async (point) => {
    await expectDriven(await crashDriving(point));
    reached.add(point);
  });

  it('at try-submitted, and the attempt is over and seen before the next one comes', async () => {
    const id = await crashDriving('try-submitted');
    await waitUntil(() => linesOf(id).includes('bad'), 60_000);
    await newest();
    await expectDriven(id);
  });

  it('has been ended at every point that there is', () => {
    expect([...reached].sort()).toEqual([...crashPoints].sort());
  });
});

/** Without asking srunx, which would go on with the run. */
function newestDirectory(home: string): string {
  const root = join(scratch, home, 'runs');
  const ages = readdirSync(root).map((name) => ({ name, at: statSync(join(root, name, 'run.json')).mtimeMs }));
  return ages.sort((a, b) => b.at - a.at)[0]?.name ?? '';
}
