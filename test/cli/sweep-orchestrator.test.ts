import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SweepRun } from '../../src/index.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { type Ran, useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, write, work } = sandbox;
const timeout = 60_000;

const targets = ['local', 'embedded'] as const;

/** Cells that begin, wait for the file `go`, and end with the code of their seed. */
function waiting(name: string): string {
  write(
    `${name}.yaml`,
    `name: ${name}
args: {code: 0}
sweep:
  matrix: {seed: [0, 1, 2, 3]}
  max_parallel: 2
jobs:
  - {name: train, command: "touch ${name}.{{ seed }}; until test -e ${name}.go; do sleep 0.1; done; exit {{ code if seed == 1 else 0 }}"}
  - {name: eval, command: "touch ${name}.done.{{ seed }}", depends_on: [train]}
`,
  );
  return `${name}.yaml`;
}

let modules = 0;

/** A process of its own; what it tells goes through `say`, a line of JSON each. */
function start(target: string, body: string) {
  modules += 1;
  const head = `const { SweepOrchestrator } = await import(process.argv.at(-1));
const say = (value) => console.log(JSON.stringify(value));
const orchestrator = (options) => new SweepOrchestrator({ target: '${target}', intervalSeconds: 0.2, ...options });
const { existsSync } = await import('node:fs');
const until = async (test) => { while (!test()) await new Promise((done) => setTimeout(done, 50)); };
`;
  return sandbox.runModule(`library-${modules}.mjs`, head + body);
}

const said = ({ stdout }: Pick<Ran, 'stdout'>): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

async function run(target: string, body: string): Promise<unknown[]> {
  const ran = await start(target, body).ended;
  expect(ran.code, ran.stderr).toBe(0);
  return said(ran);
}

const counts = (completed: number, failed: number, cancelled: number) => ({
  ...{ cellsPending: 0, cellsRunning: 0, cellsUnknown: 0 },
  ...{ cellsCompleted: completed, cellsFailed: failed, cellsCancelled: cancelled },
});

describe.each(targets)('SweepOrchestrator on %s', (target) => {
  it('runs a sweep to its end and tells how it ended', { timeout }, async () => {
    const data = {
      name: 'plain',
      jobs: [{ name: 'train', command: 'echo {{ lr }} {{ who }}; exit {{ 3 if lr == 0.1 else 0 }}' }],
    };
    const [before, row, after, events] = await run(
      target,
      `const events = [];
const callbacks = [{
  onJobFailed: ({ job, cell, to }) => events.push([job, cell, to]),
  onJobCompleted() { throw new Error('of a callback'); },
  onSweepStatus: ({ status }) => events.push(status),
}];
const sweep = orchestrator({
  workflowData: ${JSON.stringify(data)}, argsOverride: { who: 'me' }, callbacks,
  sweepSpec: { matrix: { lr: [0.1, 0.2, 0.3] }, maxParallel: 9 }, submissionSource: 'web',
});
const id = await sweep.materialize();
say(SweepOrchestrator.getActiveOrchestrator(id) === sweep);
say(await sweep.run());
say(SweepOrchestrator.getActiveOrchestrator(id) ?? null);
say(events);`,
    );
    expect([before, after]).toEqual([true, null]);
    expect(row).toMatchObject({
      ...{ name: 'plain', status: 'failed', cellCount: 3, ...counts(2, 1, 0) },
      ...{
        axes: ['lr'],
        failFast: false,
        maxParallel: 9,
        submissionSource: 'web',
        error: 'train#0 failed: exit code 3',
      },
    });
    const { id, startedAt, completedAt } = row as SweepRun;
    expect(completedAt).toBeGreaterThanOrEqual(startedAt - 1000);
    expect(events).toContainEqual(['train', 0, 'failed']);
    expect((events as unknown[]).at(-1)).toBe('failed');
    expect(await json(['sweep', 'status', id])).toMatchObject({ status: 'failed', cells_failed: 1 });
  });

  it('submits nothing before it is told to', { timeout }, async () => {
    const file = waiting(`later-${target}`);
    write(`later-${target}.go`, '');
    const started = start(
      target,
      `const sweep = orchestrator({ workflowYamlPath: '${file}' });
say(await sweep.materialize());
// Another one looks at the same cluster meanwhile.
const other = orchestrator({ workflowData: { name: 'o', jobs: [{ name: 'a', command: 'true' }] }, sweepSpec: { matrix: { x: [1] }, maxParallel: 1 } });
say((await other.run()).status);
await until(() => existsSync('later-${target}.now'));
say(await sweep.runMaterialized());`,
    );
    await expect.poll(() => started.stdout().split('\n').length, { timeout }).toBe(3);
    const [id, other] = said({ stdout: started.stdout() });
    expect(other).toBe('completed');
    expect(await json(['sweep', 'status', String(id)])).toMatchObject({
      ...{ status: 'pending', jobs: { train: { waiting: 4 } } },
    });
    expect(existsSync(join(work, `later-${target}.0`))).toBe(false);
    write(`later-${target}.now`, '');
    const ran = await started.ended;
    expect(said(ran).at(-1), ran.stderr).toMatchObject({ id, status: 'completed', ...counts(4, 0, 0) });
  });

  it('leaves a sweep to the next process when it ends before', { timeout }, async () => {
    const file = waiting(`left-${target}`);
    write(`left-${target}.go`, '');
    const [id] = await run(
      target,
      `say(await orchestrator({ workflowYamlPath: '${file}' }).materialize());
process.exit(0);`,
    );
    expect(existsSync(join(work, `left-${target}.0`))).toBe(false);
    const [row] = await run(target, `say(await orchestrator({}).resume('${id}'));`);
    expect(row).toMatchObject({ id, status: 'completed', ...counts(4, 0, 0), workflowYamlPath: file });
  });

  it('cancels what has not begun; what fails after that does not change what it is called', { timeout }, async () => {
    const name = `cancel-${target}`;
    const file = waiting(name);
    const [status, row, again] = await run(
      target,
      `const { writeFileSync } = await import('node:fs');
const sweep = orchestrator({ workflowYamlPath: '${file}', argsOverride: { code: 1 }, callbacks: [{ onSweepStatus: ({ status }) => status === 'draining' && say(status) }] });
const id = await sweep.materialize();
const ended = sweep.runMaterialized();
await until(() => existsSync('${name}.0') && existsSync('${name}.1'));
await Promise.all([SweepOrchestrator.getActiveOrchestrator(id).requestCancel(), sweep.requestCancel()]);
await sweep.requestCancel();
setTimeout(() => writeFileSync('${name}.go', ''), 1000);
say(await ended);
await sweep.requestCancel();
say(await orchestrator({}).resume(id));`,
    );
    expect(status).toBe('draining');
    expect(row).toMatchObject({ status: 'cancelled', ...counts(1, 1, 2), error: 'train#1 failed: exit code 1' });
    expect(again).toEqual(row);
    expect([0, 1, 2, 3].map((seed) => existsSync(join(work, `${name}.${seed}`)))).toEqual([true, true, false, false]);
  });

  it('cancels all of what was not handed over, and nothing of what has ended', { timeout }, async () => {
    const file = waiting(`early-${target}`);
    write(`early-${target}.go`, '');
    const [row, done] = await run(
      target,
      `const early = orchestrator({ workflowYamlPath: '${file}' });
await early.materialize();
await early.requestCancel();
say(await early.runMaterialized());
const late = orchestrator({ workflowYamlPath: '${file}' });
const { id } = await late.run();
await late.requestCancel();
say([(await orchestrator({}).resume(id)).status, await SweepOrchestrator.drainPendingCells(id)]);`,
    );
    expect(row).toMatchObject({ status: 'cancelled', ...counts(0, 0, 4) });
    expect(done).toEqual(['completed', 0]);
  });

  it('drains what another process runs', { timeout }, async () => {
    const name = `drain-${target}`;
    const file = waiting(name);
    const started = start(target, `say((await orchestrator({ workflowYamlPath: '${file}' }).run()));`);
    await expect.poll(() => existsSync(join(work, `${name}.1`)), { timeout }).toBe(true);
    const [{ sweep_id: id }] = await json<[{ sweep_id: string }]>(['sweep', 'list']);
    expect(await run(target, `say(await SweepOrchestrator.drainPendingCells('${id}'));`)).toEqual([2]);
    expect(await run(target, `say(await SweepOrchestrator.drainPendingCells('${id}'));`)).toEqual([0]);
    write(`${name}.go`, '');
    expect(said(await started.ended)).toEqual([
      expect.objectContaining({ id, status: 'cancelled', ...counts(2, 0, 2) }),
    ]);
  });

  it('stops following on an abort; the sweep goes on', { timeout }, async () => {
    const name = `abort-${target}`;
    const file = waiting(name);
    const [aborted, active, row] = await run(
      target,
      `const { writeFileSync } = await import('node:fs');
const stop = new AbortController();
const sweep = orchestrator({ workflowYamlPath: '${file}', signal: stop.signal });
const id = await sweep.materialize();
const ended = sweep.runMaterialized();
await until(() => existsSync('${name}.0'));
stop.abort();
say(await ended.catch((error) => error.name));
say(SweepOrchestrator.getActiveOrchestrator(id) ?? null);
writeFileSync('${name}.go', '');
say(await orchestrator({}).resume(id));`,
    );
    expect([aborted, active]).toEqual(['AbortError', null]);
    expect(row).toMatchObject({ status: 'completed', ...counts(4, 0, 0) });
  });
});

it('says what is wrong, and records nothing', { timeout }, async () => {
  const before = (await srunx(['sweep', 'list', '--json'])).stdout;
  const jobs = [{ name: 'a', command: 'echo {{ x }}' }];
  const errors = await run(
    'embedded',
    `const data = { name: 'w', args: { x: 1 }, jobs: ${JSON.stringify(jobs)} };
const make = (sweepSpec, more) => orchestrator({ workflowData: data, sweepSpec, ...more });
const failed = (promise) => promise.then(() => 'no error', ({ message }) => message);
say([
  await failed(make(undefined).run()),
  await failed(make({ matrix: {}, maxParallel: 1 }).run()),
  await failed(make({ matrix: { x: [1] } }).run()),
  await failed(make({ matrix: { x: [1] }, maxParallel: 0 }).run()),
  await failed(make({ matrix: { x: [null] }, maxParallel: 1 }).run()),
  await failed(make({ matrix: { x: [1] }, maxParallel: 1 }, { argsOverride: { x: 2 } }).run()),
  await failed(make({ matrix: { y: [1] }, maxParallel: 1 }, { argsOverride: { x: 'python: 1' }, submissionSource: 'mcp' }).run()),
  await failed(make({ matrix: { x: [1] }, maxParallel: 1 }).runMaterialized()),
  await failed(make({ matrix: { x: [1] }, maxParallel: 1 }).requestCancel()),
  await failed(orchestrator({}).run()),
  await failed(orchestrator({}).resume('nonesuch')),
  await failed(SweepOrchestrator.drainPendingCells('nonesuch')),
]);`,
  );
  const messages = [
    'the workflow is no sweep',
    'matrix must declare at least one axis',
    'sweep.max_parallel must be specified and >= 1',
    'sweep.max_parallel must be specified and >= 1',
    "matrix axis 'x' contains non-scalar value null",
    'keys cannot be specified as both --arg and --sweep: x',
    'python',
    'there is no sweep yet',
    'there is no sweep yet',
    'neither `workflowYamlPath` nor `workflowData` is given',
    'there is no run nonesuch',
    'there is no run nonesuch',
  ];
  expect(errors[0]).toEqual(messages.map((message) => expect.stringContaining(message)));
  expect((await srunx(['sweep', 'list', '--json'])).stdout).toBe(before);
});
