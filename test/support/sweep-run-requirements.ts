import { readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endedCells, type SweepLibrary, said } from './sweep-library.ts';
import type { Requirement } from './sweep-requirements.ts';

const timeout = 60_000;

interface SweepStatus {
  readonly status: string;
  readonly cell_count: number;
  readonly [count: `cells_${string}`]: number;
}

interface Shown extends SweepStatus {
  readonly cells: readonly { readonly index: number; readonly status: string }[];
}

/** Runs a workflow to its end and returns the id of the sweep. */
async function runFile({ sandbox, target }: SweepLibrary, name: string, text: string): Promise<string> {
  sandbox.write(`${name}.yaml`, text);
  const ran = await sandbox.srunx(['flow', 'run', `--${target}`, '-i', '0.2', '--json', `${name}.yaml`]);
  expect([0, 4], ran.stderr).toContain(ran.code);
  return (JSON.parse(ran.stdout) as { readonly run_id: string }).run_id;
}

const show = ({ sandbox }: SweepLibrary, id: string) => sandbox.json<Shown>(['sweep', 'show', id]);

/** Cell 1 of three fails in the first of its two jobs. */
function failing(name: string, more = ''): string {
  return `name: ${name}
sweep: {matrix: {x: [0, 1, 2]}, max_parallel: 3${more}}
jobs:
  - {name: first, command: "echo $SRUNX_RUN >> ${name}.runs; exit {{ 1 if x == 1 else 0 }}"}
  - {name: second, command: "touch ${name}.{{ x }}", depends_on: [first]}
`;
}

/** What takes a run: on the real Slurm, and on the embedded runner. */
export const runRequirements: readonly Requirement<SweepLibrary>[] = [
  {
    numbers: ['4.1'],
    says: 'the whole sweep is recorded before anything of it is submitted; the cluster keeps to the limit',
    async prove({ sandbox: { json, write }, target, waiting, exists, start }) {
      const name = `later-${target}`;
      const file = waiting(name);
      const other = `{ name: 'o', jobs: [{ name: 'a', command: 'true' }] }`;
      const started = start(`const sweep = orchestrator({ workflowYamlPath: '${file}' });
say(await sweep.materialize());
// Another one looks at the same cluster meanwhile.
say((await orchestrator({ workflowData: ${other}, sweepSpec: { matrix: { x: [1] }, maxParallel: 1 } }).run()).status);
await until(() => existsSync('${name}.now'));
say(await sweep.runMaterialized());`);
      await expect.poll(() => started.stdout().split('\n').length, { timeout }).toBe(3);
      const [id, status] = said({ stdout: started.stdout() });
      expect(status).toBe('completed');
      expect(await json(['sweep', 'status', String(id)])).toMatchObject({
        ...{ status: 'pending', cell_count: 4, cells_pending: 4, jobs: { train: { waiting: 4 } } },
      });
      expect(exists(`${name}.0`)).toBe(false);
      write(`${name}.now`, '');
      await expect
        .poll(() => [0, 1, 2, 3].map((cell) => exists(`${name}.${cell}`)), { timeout })
        .toEqual([...[true, true, false, false]]);
      write(`${name}.go`, '');
      const ran = await started.ended;
      expect(said(ran).at(-1), ran.stderr).toMatchObject({ id, status: 'completed', ...endedCells(4, 0, 0) });
    },
  },
  {
    numbers: ['4.2'],
    says: 'cells are jobs of the run that was recorded, and no runs of their own',
    async prove(place) {
      const { sandbox, target } = place;
      const name = `ids-${target}`;
      const listed = async () => (await sandbox.json<readonly unknown[]>(['flow', 'list'])).length;
      const before = await listed();
      const id = await runFile(place, name, failing(name));
      expect(sandbox.read(`${name}.runs`)).toBe(`${id}\n`.repeat(3));
      expect((await listed()) - before).toBe(1);
    },
  },
  {
    numbers: ['4.3'],
    says: 'nobody counts: how many cells are in which state follows from their jobs whenever it is asked',
    async prove(place) {
      const name = `counts-${place.target}`;
      const { cells, ...sweep } = await show(place, await runFile(place, name, failing(name)));
      const count = (status: string) => cells.filter((cell) => cell.status === status).length;
      expect([sweep.cell_count, sweep['cells_completed'], sweep['cells_failed']]).toEqual([
        ...[cells.length, count('completed'), count('failed')],
      ]);
      expect([count('completed'), count('failed')]).toEqual([2, 1]);
    },
  },
  {
    numbers: ['4.4'],
    says: 'a cell that fails keeps no other from running',
    async prove(place) {
      const name = `on-${place.target}`;
      const id = await runFile(place, name, failing(name).replace('max_parallel: 3', 'max_parallel: 1'));
      expect(await show(place, id)).toMatchObject({ status: 'failed', cells_completed: 2, cells_failed: 1 });
      expect(place.exists(`${name}.2`)).toBe(true);
    },
  },
  {
    numbers: ['4.5'],
    says: 'with `fail_fast` nothing begins after a failure, and what runs goes on to its end',
    async prove(place) {
      const name = `fast-${place.target}`;
      const id = await runFile(
        place,
        name,
        `name: ${name}
sweep: {matrix: {x: [0, 1, 2, 3, 4, 5]}, max_parallel: 2, fail_fast: true}
jobs:
  - name: a
    command: "touch ${name}.{{ x }}; until test -e ${name}.0 -a -e ${name}.1; do sleep 0.1; done; sleep {{ 0 if x == 0 else 3 }}; exit {{ 1 if x == 0 else 0 }}"
`,
      );
      expect(await show(place, id)).toMatchObject({
        ...{ status: 'failed', cells_failed: 1, cells_completed: 1, cells_cancelled: 4 },
      });
      expect([1, 2, 5].map((cell) => place.exists(`${name}.${cell}`))).toEqual([true, false, false]);
    },
  },
  {
    numbers: ['4.7'],
    says: 'what cannot be planned leaves no sweep; what the cluster refuses leaves one that says so, and of which nothing runs',
    async prove({ sandbox: { srunx, json, write }, target, exists }) {
      const name = `refused-${target}`;
      const listed = () => json<readonly { readonly status: string }[]>(['sweep', 'list']);
      const before = await listed();
      const text = (sweep: string) =>
        `name: r\nsweep: {${sweep}}\njobs:\n  - {name: a, script_path: r.sh, env_vars: {X: "{{ x }}"}}\n  - {name: b, command: "true", depends_on: [a]}\n`;
      // Neither Slurm nor the embedded runner takes it.
      write('r.sh', `#!/bin/sh\n#SBATCH --dependency=expand:1\ntouch ${name}\n`);
      write(`${name}.yaml`, text('matrix: {x: []}, max_parallel: 1'));
      const run = () => srunx(['flow', 'run', `--${target}`, '--detach', `${name}.yaml`]);
      expect((await run()).code).toBe(2);
      expect(await listed()).toEqual(before);
      write(`${name}.yaml`, text('matrix: {x: [1, 2]}, max_parallel: 1'));
      const refused = await run();
      expect(refused.code, refused.stderr).toBe(3);
      const [newest] = await listed();
      expect(newest).toMatchObject({ status: 'failed', cell_count: 2, cells_failed: 2 });
      expect(exists(name)).toBe(false);
    },
  },
  {
    numbers: ['4.8'],
    says: 'a cancellation lets what runs go on; the sweep ends as cancelled, also where that fails',
    async prove({ target, waiting, exists, run }) {
      const name = `cancel-${target}`;
      const file = waiting(name);
      const [status, row, again] =
        await run(`const callbacks = [{ onSweepStatus: ({ status }) => status === 'draining' && say(status) }];
const sweep = orchestrator({ workflowYamlPath: '${file}', argsOverride: { code: 1 }, callbacks });
const id = await sweep.materialize();
const ended = sweep.runMaterialized();
await until(() => existsSync('${name}.0') && existsSync('${name}.1'));
await Promise.all([SweepOrchestrator.getActiveOrchestrator(id).requestCancel(), sweep.requestCancel()]);
await sweep.requestCancel();
setTimeout(() => writeFileSync('${name}.go', ''), 1000);
say(await ended);
await sweep.requestCancel();
say(await orchestrator({}).resume(id));`);
      expect(status).toBe('draining');
      expect(row).toMatchObject({ status: 'cancelled', ...endedCells(1, 1, 2), error: 'train#1 failed: exit code 1' });
      expect(again).toEqual(row);
      expect([0, 1, 2, 3].map((seed) => exists(`${name}.${seed}`))).toEqual([true, true, false, false]);
    },
  },
  {
    numbers: ['4.9'],
    says: 'a job that fails takes with it what waits for it in its cell, and nothing else',
    async prove(place) {
      const name = `within-${place.target}`;
      const id = await runFile(place, name, failing(name));
      expect([0, 1, 2].map((cell) => place.exists(`${name}.${cell}`))).toEqual([true, false, true]);
      expect((await show(place, id)).cells.map(({ status }) => status)).toEqual(['completed', 'failed', 'completed']);
    },
  },
  {
    numbers: ['4.10'],
    says: 'any srunx that looks goes on with what a process has left when it ended; no server is needed',
    async prove({ sandbox: { json, write }, target, waiting, exists, run }) {
      const name = `left-${target}`;
      const file = waiting(name);
      write(`${name}.go`, '');
      const [id] = await run(
        `say(await orchestrator({ workflowYamlPath: '${file}' }).materialize());\nprocess.exit(0);`,
      );
      expect(exists(`${name}.0`)).toBe(false);
      const status = () => json<SweepStatus>(['sweep', 'status', String(id)]);
      await expect.poll(async () => (await status()).status, { timeout }).toBe('completed');
      const [row] = await run(`say(await orchestrator({}).resume('${id}'));`);
      expect(row).toMatchObject({ id, status: 'completed', ...endedCells(4, 0, 0), workflowYamlPath: file });
    },
  },
  {
    numbers: ['5.1', '5.2', '5.3', '5.4', '5.5', '5.6', '5.7'],
    says: 'a sweep is a run in the database, which has neither counters nor rows of cells: it is made again from what lies beside the scripts',
    async prove(place) {
      const { sandbox, target } = place;
      const name = `again-${target}`;
      const before = await show(place, await runFile(place, name, failing(name)));
      for (const end of ['', '-wal', '-shm']) {
        rmSync(join(sandbox.dir, 'state', 'srunx', hostname(), `srunx.db${end}`), { force: true });
      }
      const { sweep_id: id } = before as unknown as { readonly sweep_id: string };
      expect(await show(place, id)).toEqual(before);
    },
  },
  {
    numbers: ['7.8'],
    says: 'where a sweep came from is recorded',
    async prove({ run }) {
      const data = `{ name: 'w', jobs: [{ name: 'a', command: 'true' }] }`;
      const options = `{ workflowData: ${data}, sweepSpec: { matrix: { x: [1] }, maxParallel: 1 }, submissionSource: 'mcp' }`;
      const [id, row] = await run(`const { id } = await orchestrator(${options}).run();
say(id);
say(await orchestrator({}).resume(id));`);
      expect(row).toMatchObject({ id, submissionSource: 'mcp' });
    },
  },
  {
    numbers: ['10.x'],
    says: 'the help names every option, and the guide every key and command',
    async prove({ sandbox: { srunx } }) {
      const { stdout: help } = await srunx(['flow', 'run', '--help']);
      for (const option of ['--sweep', '--typed', '--max-parallel', '--max-cells', '--fail-fast']) {
        expect(help).toContain(option);
      }
      const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guide', 'sweeps.md'), 'utf8');
      const keys = 'matrix zip exclude include samples method seed max_parallel max_cells fail_fast';
      for (const key of keys.split(' ')) expect(guide).toContain(`\`${key}\``);
      const { stdout: commands } = await srunx(['sweep', '--help']);
      const names = [...commands.matchAll(/^ +(sweep \w+) /gm)].map(([, name]) => name ?? '');
      expect(new Set(names).size).toBeGreaterThan(8);
      for (const name of names) expect(guide).toContain(`srunx ${name}`);
    },
  },
];
