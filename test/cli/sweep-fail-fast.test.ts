import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { json, srunx, write, read, work } = useSandbox(() => cluster().env);

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly verdict: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly reason: string | null }[];
}

const cells = Array.from({ length: 12 }, (_, cell) => cell);

/** The cells in `failing` end at once with `end`; the others take some time. */
function workflow(
  name: string,
  { failFast, failing, end = 'exit 3' }: Record<'failFast' | 'failing', string> & { end?: string },
) {
  return `name: ${name}
sweep:
  matrix: {n: [${cells.join(', ')}]}
  max_parallel: 2
  fail_fast: ${failFast}
jobs:
  - {name: train, launcher: none, command: 'echo {{ n }} >> ${name}.begun; case {{ n }} in ${failing}) sleep 1; ${end} ;; esac; sleep 6'}
  - {name: eval, depends_on: [train], command: "true"}
  - {name: clean, depends_on: ["afternotok:train"], command: 'echo {{ n }} >> ${name}.cleaned'}
`;
}

/** The numbers in a file, ascending. */
function numbersIn(name: string): number[] {
  if (!existsSync(join(work, name))) return [];
  return read(name)
    .split('\n')
    .slice(0, -1)
    .map(Number)
    .sort((a, b) => a - b);
}

function endsOf({ jobs }: Run, cell: number): string[] {
  return ['train', 'eval', 'clean'].map((stage) => {
    const job = jobs.find(({ name }) => name === `${stage}#${cell}`);
    return job?.reason == null ? `${job?.state}` : `${job.state}: ${job.reason}`;
  });
}

describe.each(['--local', '--embedded'])('`fail_fast` of a sweep, %s', (target) => {
  const run = async (name: string, options: Parameters<typeof workflow>[1]) => {
    const full = `${name}${target}`;
    write(`${full}.yaml`, workflow(full, options));
    const ran = await json<Run>(['flow', 'run', target, '-i', '0.2', `${full}.yaml`], { code: 4 });
    expect(ran.status).toBe('failed');
    return { ran, begun: numbersIn(`${full}.begun`), cleaned: numbersIn(`${full}.cleaned`) };
  };
  const failed = ['failed: exit', expect.stringMatching(/^skipped: train#\d+ failed \(afterok\)$/), 'completed'];
  const good = ['completed', 'completed', expect.stringMatching(/^skipped: train#\d+ completed \(afternotok\)$/)];

  it('true: with the first cell that fails, the others begin no more, and those that run go on', async () => {
    const { ran, begun, cleaned } = await run('first', { failFast: 'true', failing: '1' });
    expect(begun).toEqual([0, 1]);
    expect(cleaned).toEqual([1]);
    expect(endsOf(ran, 0)).toEqual(good);
    expect(endsOf(ran, 1)).toEqual(failed);
    const never = 'skipped: fail_fast: train#1 failed';
    for (const cell of cells.slice(2)) expect(endsOf(ran, cell)).toEqual([never, never, never]);
    const shown = (await srunx(['sweep', 'show', '--cell', '2'])).stdout;
    expect(shown).toMatch(/ 2 .* cancelled .* fail_fast: train#1 failed$/m);
  });

  it.each([
    ['after-3', '{after: 3}'],
    ['a-quarter', '{after: "25%"}'],
  ])('%s: so many cells may fail', async (name, failFast) => {
    const { ran, begun, cleaned } = await run(name, { failFast, failing: '1|2|4|5|7' });
    expect(cleaned.length).toBeGreaterThanOrEqual(3);
    expect(begun.length).toBeLessThan(9);
    for (const cell of cells) {
      const never = expect.stringMatching(/^skipped: fail_fast: train#[1245] failed$/);
      const expected = cleaned.includes(cell) ? failed : begun.includes(cell) ? good : [never, never, never];
      expect([cell, endsOf(ran, cell)]).toEqual([cell, expected]);
    }
  });

  it('cancel_running: everything ends', async () => {
    const started = performance.now();
    const options = { failFast: '{cancel_running: true}', failing: '1|0', end: '[ {{ n }} = 1 ] && exit 3; sleep 60' };
    const { ran, begun } = await run('cancel', options);
    expect(performance.now() - started).toBeLessThan(40_000);
    expect(begun).toEqual([0, 1]);
    const words = 'fail_fast: train#1 failed';
    const skipped = expect.stringMatching(/^skipped: (?:fail_fast: train#1 failed|train#0 cancelled \(afterok\))$/);
    expect(endsOf(ran, 0)).toEqual([`cancelled: ${words}`, skipped, skipped]);
    expect(endsOf(ran, 1)[0]).toBe('failed: exit');
    expect(endsOf(ran, 7)).toEqual([`skipped: ${words}`, `skipped: ${words}`, `skipped: ${words}`]);
  });

  it('a job that is killed before it can say a word: whoever looks does it', async () => {
    const { ran, cleaned } = await run('killed', { failFast: 'true', failing: '1', end: 'kill -9 $PPID; sleep 9' });
    expect(endsOf(ran, 1)[0]).toMatch(/^failed/);
    expect(endsOf(ran, 11)).toEqual(Array(3).fill('skipped: fail_fast: train#1 failed'));
    expect(cleaned).toEqual([1]);
  });

  it('does not count what may fail', async () => {
    const name = `ignore${target}`;
    const text = workflow(name, { failFast: 'true', failing: '1|3' }).replace(
      'launcher: none',
      'launcher: none, on_error: ignore',
    );
    write(`${name}.yaml`, text.replace('sleep 6', 'sleep 1'));
    const started = await json<{ sweep_id: string; verdict: string }>([
      'flow',
      'run',
      target,
      '--detach',
      `${name}.yaml`,
    ]);
    expect(started.verdict.includes('fail_fast')).toBe(target === '--local');
    await expect
      .poll(async () => (await json<Run>(['flow', 'status', started.sweep_id])).status, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe('completed');
    expect(numbersIn(`${name}.begun`)).toEqual(cells);
    expect((await srunx(['sweep', 'status', started.sweep_id])).stdout).toContain('12 of 12 cells ended: 12 completed');
  });
});

it.each([
  [
    'true',
    'the first cell that fails ends the sweep, but for cells that have begun',
    { after: 1, cancel_running: false },
  ],
  [
    '{after: "25%", cancel_running: true}',
    '3 failed cells end the sweep, with all that runs',
    { after: 3, cancel_running: true },
  ],
])('flow plan shows what %s comes to', async (failFast, words, facts) => {
  write('plan.yaml', workflow('plan', { failFast, failing: '1' }));
  expect((await srunx(['flow', 'plan', 'plan.yaml'])).stdout).toContain(`fail_fast: ${words}\n`);
  expect(await json(['flow', 'plan', 'plan.yaml'])).toMatchObject({ fail_fast: facts });
  write('plan.yaml', workflow('plan', { failFast, failing: '1' }).replace(/ {2}fail_fast.*\n/, ''));
  expect((await srunx(['flow', 'plan', 'plan.yaml'])).stdout).not.toContain('fail_fast:');
  expect(await json(['flow', 'plan', 'plan.yaml'])).toMatchObject({ fail_fast: null });
});
