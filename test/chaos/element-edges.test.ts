import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { SubmissionBatch, SubmissionReport } from '../../src/cluster/cluster.ts';
import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { Bench, idsOf } from '../contract/cluster/bench.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

const cluster = useDevCluster();
const scratch = mkdtempSync(join(tmpdir(), 'srunx-elements-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** More than one call of scontrol tells of. */
const size = 120;
const tasks = `0-${size - 1}`;
const all = Array.from({ length: size }, (_, index) => index);
const fails = (index: number) => index % 10 === 3;

let bin: string;
let count = 0;
let bench: Bench;
beforeEach(async () => {
  count += 1;
  bin = join(scratch, `bin ${count}`);
  mkdirSync(bin);
  const shell = (path: string) =>
    new LocalShell({ name: 'local', env: { ...process.env, ...cluster().env, PATH: `${path}${process.env['PATH']}` } });
  // Whoever looks or goes on later is another process; the hand-over that it starts finds the same commands.
  bench = await Bench.create({
    create: async () => createSlurmCluster(shell(`${bin}:`)),
    createShell: async () => shell(''),
  });
});
afterEach(() => bench.close());

/** An `scontrol` that does something else at one of its calls: `n` for the nth with lines on its input, or at the release. */
function scontrol(call: number | 'release', body: string): void {
  const own =
    call === 'release'
      ? '[ "$1" = release ]'
      : `[ "$#" -eq 0 ] && echo >>"$bin/calls" && [ "$(wc -l <"$bin/calls")" -eq ${call} ]`;
  const file = join(bin, 'scontrol');
  writeFileSync(
    file,
    `#!/bin/sh
bin='${bin}'
real=$(PATH=\${PATH#*:} command -v scontrol)
end() { kill -9 "$(cut -d" " -f6 /proc/$$/stat)"; exit 1; }
if [ ! -e "$bin/done" ] && ${own}; then
  : >"$bin/done"
  ${body}
fi
exec "$real" "$@"
`,
  );
  chmodSync(file, 0o755);
}

/** Each stage leaves its trace; the second runs where the first has failed, and the third where the second has not. */
function drafts(told = tasks) {
  const options = [`--array=${tasks}`, '--output=/dev/null'];
  const script = `echo "$SLURM_JOB_NAME $SLURM_ARRAY_TASK_ID" >>'${join(bin, 'trace')}'`;
  return [
    { name: 'first', options, script: `${script}\n[ $((SLURM_ARRAY_TASK_ID % 10)) -ne 3 ]` },
    { name: 'sorry', options, script, each: { tasks: told, edges: [['afternotok', 'first']] } },
    { name: 'third', options, script, each: { tasks, edges: [['afterok', 'sorry']], after: ['first'] } },
  ] as const;
}

const trace = () => (existsSync(join(bin, 'trace')) ? readFileSync(join(bin, 'trace'), 'utf8').trim().split('\n') : []);

/**
 * One record for each task, by what the accounting has of the arrays. The last task of an array has the array's own record: if it never
 * started, that is named after all tasks that were not told of when it was written (`7_[100-119]`), though they have records of their own.
 */
function recordsOf(ids: readonly string[]): readonly (readonly string[])[] {
  const argv = ['-X', '-n', '-P', '-D', '-j', ids.join(','), '-o', 'JobID,State'];
  const text = execFileSync('sacct', argv, { env: { ...process.env, ...cluster().env }, encoding: 'utf8' });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [id = '', state = ''] = line.split('|');
    return [id.replace(/_\[[\d,-]*?(\d+)\]$/, '_$1'), state.replace(/ .*/, '')];
  });
}

function wanted([first, sorry, third]: readonly string[]): readonly (readonly string[])[] {
  return all.flatMap((index) => {
    const end = fails(index) ? 'COMPLETED' : 'CANCELLED';
    return [
      [`${first}_${index}`, fails(index) ? 'FAILED' : 'COMPLETED'],
      [`${sorry}_${index}`, end],
      [`${third}_${index}`, end],
    ];
  });
}

async function expectWhole(report: SubmissionReport, batch: SubmissionBatch): Promise<void> {
  const ids = idsOf(report, batch);
  await bench.allEnded(ids);
  expect(Object.values(await bench.jobsOf(batch))).toEqual(ids.map((id) => [id]));
  const failing = all.filter(fails);
  const lines = [
    ...all.map((index) => `first ${index}`),
    ...failing.flatMap((index) => [`sorry ${index}`, `third ${index}`]),
  ];
  expect(trace().toSorted()).toEqual(lines.toSorted());
  await expect.poll(() => [...recordsOf(ids)].sort(), { timeout: 30_000 }).toEqual([...wanted(ids)].sort());
}

async function expectNothingLeft(batch: SubmissionBatch): Promise<void> {
  const ids = Object.values(await bench.jobsOf(batch)).flat();
  expect(ids).toHaveLength(3);
  for (const { state } of await bench.allEnded(ids)) expect(state.status).toBe('CANCELLED');
  expect(trace()).toEqual([]);
}

describe('a hand-over with edges of tasks', () => {
  it('that nothing happens to does what it is told to', async () => {
    const batch = bench.batch(drafts());
    await expectWhole(await bench.cluster.submit(batch), batch);
  });

  it.each([
    ['before the first call', 1, 'end'],
    ['in the middle of the first call', 1, 'head -n 40 | "$real" >/dev/null; end'],
    ['between two calls of one array', 2, 'end'],
    ['behind the last call of an array, before its mark', 2, '"$real" >/dev/null; end'],
    ['in the middle of another array', 3, 'head -n 40 | "$real" >/dev/null; end'],
    ['when all is told', 4, '"$real" >/dev/null; end'],
  ] as const)(
    'that is killed %s has started nothing, and the next one tells what is missing',
    async (_, call, body) => {
      scontrol(call, body);
      const batch = bench.batch(drafts());
      expect((await bench.cluster.submit(batch)).phase).toBe('stopped');
      expect(existsSync(join(bin, 'done')), 'the moment never came').toBe(true);
      const ids = Object.values(await bench.jobsOf(batch)).flat();
      const rows = (await Promise.all(ids.map((id) => bench.rows(id)))).flat();
      expect(new Set(rows.map(({ state, reason }) => `${state.status} ${reason}`))).toEqual(
        new Set(['PENDING JobHeldUser']),
      );
      await expectWhole(await bench.cluster.resumeSubmission(batch), batch);
    },
  );

  it.each([
    ['before', 'end'],
    ['behind', '"$real" "$@"; end'],
  ])('that is killed %s the release tells nothing again', async (_, body) => {
    scontrol('release', body);
    const batch = bench.batch(drafts());
    expect((await bench.cluster.submit(batch)).phase).toBe('stopped');
    scontrol(1, 'echo told again >&2; exit 1');
    rmSync(join(bin, 'done'));
    await expectWhole(await bench.cluster.resumeSubmission(batch), batch);
  });

  it('without a controller waits for it, and not for each of its lines', async () => {
    const conf = cluster().env['SLURM_CONF'] ?? '';
    const away = readFileSync(conf, 'utf8').replace(/^SlurmctldPort=.*$/m, 'SlurmctldPort=1');
    writeFileSync(join(bin, 'slurm.conf'), away);
    scontrol(2, `SLURM_CONF="$bin/slurm.conf" exec "$real"`);
    const batch = bench.batch(drafts());
    const startedAt = performance.now();
    const report = await bench.cluster.submit(batch);
    // Nine seconds for the first of twenty lines, and two of rest.
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    await expectWhole(report, batch);
  });

  it('that is cancelled in the middle leaves nothing', async () => {
    scontrol(1, ': >"$bin/reached"; while [ ! -e "$bin/go" ]; do sleep 0.05; done');
    const batch = bench.batch(drafts());
    const submitted = bench.cluster.submit(batch);
    expect(await waitUntil(() => existsSync(join(bin, 'reached')), 20_000)).toBe(true);
    const withdrawn = bench.cluster.withdraw(batch);
    expect(await waitUntil(() => existsSync(join(batch.directory, 'withdrawn')), 20_000)).toBe(true);
    writeFileSync(join(bin, 'go'), '');
    expect([(await withdrawn).phase, (await submitted).phase]).toEqual(['done', 'done']);
    expect(readFileSync(join(batch.directory, 'handover.log'), 'utf8')).not.toMatch(/^elements|^done/m);
    await expectNothingLeft(batch);
  });

  it('of which Slurm refuses an edge in the middle leaves nothing', async () => {
    // Its last tasks do not exist.
    const batch = bench.batch(drafts(`0-${size + 4}`));
    const report = await bench.cluster.submit(batch);
    const outcomes = batch.submissions.map(({ token }) => report.outcomes.get(token));
    expect([report.phase, ...outcomes.map((outcome) => outcome?.kind)]).toEqual([
      ...['refused', 'withdrawn', 'refused', 'withdrawn'],
    ]);
    expect(outcomes[1]).toMatchObject({ message: expect.stringContaining(`_${size}: Invalid job id`), exitCode: 1 });
    await expectNothingLeft(batch);
    expect((await bench.cluster.resumeSubmission(batch)).phase).toBe('refused');
  });
});
