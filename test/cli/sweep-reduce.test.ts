import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { json, srunx, write, read, work } = useSandbox(() => cluster().env);

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly job_id: string | null }[];
}

interface Shown {
  readonly status: string;
  readonly paused: boolean;
  readonly jobs: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly cells: readonly {
    readonly index: number;
    readonly status: string;
    readonly jobs: readonly { readonly name: string; readonly state: string }[];
  }[];
  readonly reduce: readonly { readonly name: string; readonly state: string; readonly exit_code: number | null }[];
}

interface Entry {
  readonly index: number;
  readonly name: string;
  readonly params: { readonly n: number };
  readonly dir: string;
  readonly state: string;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly state: string;
        readonly exit: number | null;
        readonly attempts: number;
        readonly exports: Readonly<Record<string, string>>;
        readonly metrics: string | null;
        readonly log: string | null;
      }
    >
  >;
}

function entriesIn(name: string): readonly Entry[] {
  return read(name)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry);
}

const jobsOf = (text: string, more = '') => `  - {name: train, launcher: none, command: '${text}'${more}}
  - {name: eval, launcher: none, depends_on: [train], command: 'echo "text=a b" > "$SRUNX_EXPORTS"'}
  - {name: clean, launcher: none, depends_on: ["afternotok:train"], command: "true"}`;

const sweep = (
  name: string,
  {
    cells,
    parallel = 8,
    more = '',
    jobs,
  }: Record<'jobs', string> & { readonly cells: number; readonly parallel?: number; readonly more?: string },
) => `name: ${name}
sweep: {matrix: {n: {range: [0, ${cells}]}}, max_parallel: ${parallel}${more}}
jobs:
${jobs}
reduce:
  - {name: sum, launcher: none, command: 'cp "$SRUNX_CELLS" ${name}.cells; echo "lines=$(wc -l < "$SRUNX_CELLS")" > "$SRUNX_EXPORTS"; echo {"lines":1} >> "$SRUNX_METRICS"'}
  - {name: tell, launcher: none, depends_on: [sum], command: 'echo "{{ sweep.id }} {{ sweep.cells }} {{ runtime.deps.sum.lines }}" > ${name}.told'}
`;

describe.each(['--local', '--embedded'])('`reduce` of a sweep, %s', (target) => {
  const nameOf = (name: string) => `${name}${target}`;
  const started = async (name: string, text: string): Promise<string> => {
    write(`${name}.yaml`, text);
    const args = ['flow', 'run', target, '--detach', `${name}.yaml`];
    return (await json<{ readonly sweep_id: string }>(args)).sweep_id;
  };
  const show = (id: string) => json<Shown>(['sweep', 'show', id, '--json']);
  const untilEnd = (id: string) =>
    expect.poll(async () => (await show(id)).status, { timeout: 120_000, interval: 300 });
  const statesOf = ({ reduce }: Shown) => reduce.map(({ name, state }) => `${name} ${state}`);

  it('tells what has become of 60 cells: some failed, began again, were cancelled', async () => {
    const name = nameOf('sixty');
    const text = `until [ -e ${name}.go ]; do sleep 0.1; done; echo "acc=0.$SRUNX_CELL" > "$SRUNX_EXPORTS"; case {{ n }} in *7) exit 3 ;; 12) [ $SRUNX_ATTEMPT -ge 2 ] || exit 9 ;; esac; echo {} >> "$SRUNX_METRICS"`;
    const jobs = jobsOf(text, ', retry: {max: 2, delay: 1, on: ["exit:9"]}');
    const id = await started(name, sweep(name, { cells: 60, jobs }));
    expect((await srunx(['sweep', 'cancel', id, '--cell', '59'])).code).toBe(0);
    write(`${name}.go`, '');
    await untilEnd(id).toBe('failed');
    const shown = await show(id);
    expect(statesOf(shown)).toEqual(['sum completed', 'tell completed']);
    expect(shown.jobs['sum']).toEqual({ completed: 1 });
    expect(read(`${name}.told`)).toBe(`${id} 60 60\n`);
    const entries = entriesIn(`${name}.cells`);
    expect(entries.map(({ index, params }) => [index, params.n])).toEqual(
      Array.from({ length: 60 }, (_, at) => [at, at]),
    );
    for (const { index, state, jobs: ofCell } of entries) {
      const seen = [state, ...Object.values(ofCell).map((job) => `${job.state} ${job.exit} ${job.attempts}`)];
      const good = ['completed', `completed 0 ${index === 12 ? 2 : 1}`, 'completed 0 1', 'skipped null 0'];
      const bad = ['failed', 'failed 3 1', 'skipped null 0', 'completed 0 1'];
      const none = expect.stringMatching(/^(?:cancelled|skipped) null 0$/);
      const expected = index === 59 ? ['cancelled', none, none, none] : index % 10 === 7 ? bad : good;
      expect([index, seen]).toEqual([index, expected]);
    }
    const { train, eval: second } = entries[12]?.jobs ?? {};
    expect([train?.exports, second?.exports]).toEqual([{ acc: '0.12' }, { text: 'a b' }]);
    expect(readFileSync(train?.metrics ?? '', 'utf8')).toBe('{}\n');
    expect(train?.log?.startsWith(`${work}/logs/train_`)).toBe(true);
    expect(readFileSync(train?.log ?? '', 'utf8')).toContain('srunx: attempt 2 begins\n');
    expect(entries[7]?.jobs['train']?.metrics).toBeNull();
    const results = await json<{ readonly cell: number }[]>(['sweep', 'results', id, '--json']);
    expect(results).toHaveLength(60);
  });

  it('goes on to it where `fail_fast` has ended the sweep, and not before all has ended', async () => {
    const name = nameOf('fast');
    const text = 'case {{ n }} in 1) exit 3 ;; esac; sleep 3; date +%s.%N > "$SRUNX_CELL_DIR/ended"';
    const id = await started(
      name,
      sweep(name, { cells: 12, parallel: 2, more: ', fail_fast: true', jobs: jobsOf(text) }),
    );
    await untilEnd(id).toBe('failed');
    expect(statesOf(await show(id))).toEqual(['sum completed', 'tell completed']);
    const entries = entriesIn(`${name}.cells`);
    expect(entries.map(({ state }) => state)).toEqual(['completed', 'failed', ...Array(10).fill('cancelled')]);
    expect(entries[11]?.jobs['train']?.state).toBe('cancelled');
  });

  it('fails the sweep where it fails, says so, and follows it to its end', async () => {
    const name = nameOf('bad');
    const text = sweep(name, { cells: 2, jobs: '  - {name: train, launcher: none, command: "true"}' });
    write(`${name}.yaml`, text.replace('cp "$SRUNX_CELLS"', 'false "$SRUNX_CELLS" || exit 5; cp x'));
    const ran = await json<Run>(['flow', 'run', target, '-i', '0.2', `${name}.yaml`], { code: 4 });
    expect(ran.status).toBe('failed');
    expect(ran.jobs.slice(-2).map((job) => `${job.name} ${job.state}`)).toEqual(['sum failed', 'tell skipped']);
    const text1 = (await srunx(['sweep', 'status', ran.run_id])).stdout;
    expect(text1).toContain('failed (2 of 2 cells ended: 2 completed; sum failed; tell skipped)');
    expect(text1).toContain('1 job failed (exit 5): sum');
    expect((await show(ran.run_id)).reduce[0]).toMatchObject({ name: 'sum', exit_code: 5 });
  });

  it('ends with the whole sweep, is held with it, and is known from its plan directory alone', async () => {
    const name = nameOf('ended');
    const id = await started(name, sweep(name, { cells: 4, parallel: 2, jobs: jobsOf('sleep 60') }));
    expect((await srunx(['sweep', 'pause', id])).code).toBe(0);
    const elsewhere = { XDG_STATE_HOME: join(work, `elsewhere${target}`) };
    const found = await json<Run>(['flow', 'status', id, '--json'], { env: elsewhere });
    expect(found.jobs.slice(-2).map((job) => [job.name, job.state, job.job_id !== null])).toEqual([
      ['sum', 'pending', true],
      ['tell', 'pending', true],
    ]);
    expect((await srunx(['sweep', 'resume', id])).code).toBe(0);
    const cancelled = await srunx(['sweep', 'cancel', id, '--yes']);
    expect([cancelled.code, cancelled.stdout]).toEqual([0, expect.stringContaining('14 jobs of 4 cells')]);
    await untilEnd(id).toBe('cancelled');
    const { cells, reduce } = await show(id);
    expect(reduce.map(({ state }) => state)).toEqual(['cancelled', expect.stringMatching(/^(?:cancelled|skipped)$/)]);
    expect(cells.every(({ status }) => status === 'cancelled')).toBe(true);
  });
});
