import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, read, startAtTerminal, write } = sandbox;

write(
  'pipe.yaml',
  `name: pipe
args: {partition: null}
x-all: &all {time_limit: 10}
jobs:
  - {name: a, command: "echo a", <<: *all, partition: "{{ partition }}"}
  - {name: b, command: "echo b", <<: *all, depends_on: [a], retry: 2}
`,
);

interface Planned {
  readonly verdict: string;
  readonly totals: { readonly core_hours: number; readonly with_retries: { readonly core_hours: number } };
  readonly span: { readonly seconds: number; readonly path: readonly string[] };
  readonly jobs: readonly { readonly argv: readonly string[]; readonly script: string }[];
  readonly estimate: { readonly starts: readonly { readonly job: string; readonly start_time: string }[] };
}

describe('srunx flow plan', () => {
  const arg = ['--arg', 'partition=cpu'];

  it('shows what would be submitted, as `flow run --dry-run` does', async () => {
    const plan = await json<Planned>(['flow', 'plan', '--embedded', 'pipe.yaml', ...arg]);
    expect(plan.totals).toMatchObject({ core_hours: 0.33, with_retries: { core_hours: 0.67 } });
    expect(plan.span).toEqual({ seconds: 1_200, path: ['a', 'b'] });
    expect(plan.verdict).toContain('handed over');
    expect(plan.jobs[1]?.argv).toContain('--dependency=afterok:a');
    expect(await json(['flow', 'run', '--dry-run', '--embedded', 'pipe.yaml', ...arg])).toEqual(plan);
    expect((await srunx(['flow', 'plan', '--embedded', 'pipe.yaml', '--script', 'b', ...arg])).stdout).toBe(
      plan.jobs[1]?.script,
    );
    const script = await json(['flow', 'plan', '--embedded', 'pipe.yaml', '--script', 'b', ...arg]);
    expect(script).toEqual({ name: 'b', text: plan.jobs[1]?.script });
    expect(await json<unknown[]>(['flow', 'list'])).toEqual([]);
  });

  it.each([
    ['a workflow', ['plan', '--embedded', 'silent']],
    ['a script', ['plan', '--embedded', 'script-pipe.yaml']],
    ['an included file', ['plan', '--embedded', 'include-pipe.yaml']],
    ['a script to import', ['import', 'silent']],
  ])('can be interrupted while it waits for a pipe as %s', async (_, words) => {
    if (!existsSync(join(sandbox.work, 'silent'))) execFileSync('mkfifo', [join(sandbox.work, 'silent')]);
    write('script-pipe.yaml', 'jobs: [{name: a, script_path: silent}]');
    write('include-pipe.yaml', 'include: [silent]\njobs: [{name: a, command: x}]');
    const waiting = sandbox.start(['flow', ...words]);
    const open = () => sandbox.processes().some((command) => command.includes('cat'));
    await expect.poll(open, { timeout: 20_000 }).toBe(true);
    const interrupted = await waiting.interrupt();
    expect(interrupted).toMatchObject({ code: 130, stdout: '' });
    expect(interrupted.ms).toBeLessThan(1_000);
  });

  it('shows signs that would act on the terminal instead of printing them', async () => {
    const when = String.raw`"no {# \e[2K #}"`;
    const jobs = String.raw`[{name: a, command: ": \e[2K\u202e"}, {name: b, when: ${when}, command: x}]`;
    write('hostile.yaml', String.raw`{name: "x\e[2K", jobs: ${jobs}}`);
    const { run_id: id } = await json<{ run_id: string }>(['flow', 'run', '--embedded', 'hostile.yaml']);
    const rerun = ['rerun', id, '--dry-run'];
    for (const words of [['plan', '--embedded', 'hostile.yaml'], ['validate', '--embedded', 'hostile.yaml'], rerun]) {
      const { code, stdout, stderr } = await srunx(['flow', ...words]);
      expect(code, stderr).toBe(0);
      expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\u202e]/);
      expect(stdout).toContain(String.raw`x\x1b[2K: `);
    }
  });

  it('asks Slurm when the first jobs would start, and says what it would refuse', async () => {
    const { estimate } = await json<Planned>(['flow', 'plan', '--local', '--test-only', 'pipe.yaml', ...arg]);
    expect(estimate).toMatchObject({
      starts: [{ job: 'a', start_time: expect.stringMatching(/^\d{4}-/) }],
      not_asked: [],
      end_time: expect.stringMatching(/^\d{4}-/),
      path: ['a', 'b'],
    });
    const refused = await srunx(['flow', 'plan', '--local', '--test-only', 'pipe.yaml', '--arg', 'partition=nope']);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('Slurm would refuse `a`')]);
    expect(refused.stderr).toContain('partition');
  });
});

describe('srunx flow graph', () => {
  const graph = ['flow', 'graph', '--embedded'];

  it('draws a file, and a run with how its jobs stand', async () => {
    write('two.yaml', 'jobs: [{name: a, command: "true"}, {name: b, command: exit 3, depends_on: ["afterany:a"]}]');
    const drawn = await srunx([...graph, 'two.yaml'], { env: { SRUNX_ASCII: '1' } });
    expect(drawn.stdout).toBe('unnamed\n* a\n* b  afterany:a\n\n.. has ended\n');
    const { run_id: id } = await json<{ run_id: string }>(['flow', 'run', '--embedded', 'two.yaml'], { code: 4 });
    const run = await srunx(['flow', 'graph', id.slice(0, 6)], { env: { SRUNX_ASCII: '1' } });
    expect(run.stdout).toContain(': failed\nv a  completed\nx b  failed  afterany:a\n');
    const atPath = join('..', 'data', 'srunx', 'runs', id);
    expect((await srunx(['flow', 'graph', atPath], { env: { SRUNX_ASCII: '1' } })).stdout).toBe(run.stdout);
    expect((await srunx(['flow', 'graph', id, '--format', 'mermaid'])).stdout).toContain('class j1 failed');
    expect((await srunx(['flow', 'graph', id, '--format', 'svg'])).stdout).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it('fits into a narrow terminal', async () => {
    const jobs = Array.from({ length: 12 }, (_, index) => `  - {name: a-rather-long-name-${index}, command: x}\n`);
    write('wide.yaml', `jobs:\n${jobs.join('')}  - {name: z, command: x, depends_on: [a-rather-long-name-1]}\n`);
    const { stdout } = await startAtTerminal([...graph, 'wide.yaml'], { columns: 20, rows: 30 }).ended;
    const lines = stdout
      .replaceAll(/\x1b\[[0-9;]*m/g, '')
      .trimEnd()
      .split('\r\n');
    expect(lines.length).toBeGreaterThan(12);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(20);
  });

  it.each([
    [['--format', 'png', 'pipe.yaml'], 2, 'There are: text, mermaid, svg.'],
    [['zzzzzzzzzz'], 7, '`srunx flow list`'],
  ])('refuses %j', async (words, code, hint) => {
    const ran = await srunx([...graph, ...words]);
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(hint)]);
  });
});

describe('srunx flow import', () => {
  it('makes a workflow of a chain, which plans, and says what it does not understand', async () => {
    write('one.sh', '#!/bin/sh\n#SBATCH --time=5\ntrue\n');
    write('chain.sh', 'x=$(sbatch --parsable one.sh)\nsbatch -d afterok:$x --wrap hostname\n');
    const printed = await srunx(['flow', 'import', 'chain.sh', '--strict']);
    expect([printed.code, printed.stderr]).toEqual([0, '']);
    const wrote = await srunx(['flow', 'import', 'chain.sh', '-o', 'made.yaml']);
    expect(wrote.stderr).toBe('srunx: made.yaml: 2 jobs; `srunx flow plan made.yaml` shows them\n');
    expect(read('made.yaml')).toBe(printed.stdout);
    expect((await srunx(['flow', 'validate', '--embedded', 'made.yaml'])).stdout).toBe('chain: valid, 2 jobs\n');
    expect((await srunx(['flow', 'import', 'chain.sh', '-o', 'made.yaml'])).code).toBe(8);
    expect((await srunx(['flow', 'import', 'one.sh', '-o', 'made.yaml', '--force'])).code).toBe(0);
    write('loop.sh', 'sbatch one.sh\nfor i in 1 2; do sbatch one.sh; done\n');
    const loop = await srunx(['flow', 'import', 'loop.sh', '--strict']);
    expect([loop.code, loop.stderr]).toEqual([1, expect.stringContaining('loop.sh:2: for ...')]);
    write('only.sh', 'for i in 1 2; do sbatch one.sh; done\n');
    expect((await srunx(['flow', 'import', 'only.sh'])).code).toBe(2);
    const missing = await srunx(['flow', 'import', 'nope.sh']);
    expect([missing.code, missing.stderr]).toEqual([7, expect.stringContaining('relative to the current directory')]);
    expect(missing.stderr).not.toContain('--wrap');
  });
});
