import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SweepRun } from '../../src/index.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { endedCells, said, sweepLibrary } from '../support/sweep-library.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, write } = sandbox;
const timeout = 60_000;

describe.each(['local', 'embedded'] as const)('SweepOrchestrator on %s', (target) => {
  const { waiting, exists, start, run } = sweepLibrary(sandbox, target);

  it('runs a sweep to its end and tells how it ended', { timeout }, async () => {
    const data = {
      name: 'plain',
      jobs: [{ name: 'train', command: 'echo {{ lr }} {{ who }}; exit {{ 3 if lr == 0.1 else 0 }}' }],
    };
    const [before, row, after, events] = await run(
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
      ...{ name: 'plain', status: 'failed', cellCount: 3, ...endedCells(2, 1, 0) },
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

  it('cancels all of what was not handed over, and nothing of what has ended', { timeout }, async () => {
    const file = waiting(`early-${target}`);
    write(`early-${target}.go`, '');
    const [row, done] = await run(
      `const early = orchestrator({ workflowYamlPath: '${file}' });
await early.materialize();
await early.requestCancel();
say(await early.runMaterialized());
const late = orchestrator({ workflowYamlPath: '${file}' });
const { id } = await late.run();
await late.requestCancel();
say([(await orchestrator({}).resume(id)).status, await SweepOrchestrator.drainPendingCells(id)]);`,
    );
    expect(row).toMatchObject({ status: 'cancelled', ...endedCells(0, 0, 4) });
    expect(done).toEqual(['completed', 0]);
  });

  it('drains what another process runs', { timeout }, async () => {
    const name = `drain-${target}`;
    const file = waiting(name);
    const started = start(`say((await orchestrator({ workflowYamlPath: '${file}' }).run()));`);
    await expect.poll(() => exists(`${name}.1`), { timeout }).toBe(true);
    const [{ sweep_id: id }] = await json<[{ sweep_id: string }]>(['sweep', 'list']);
    expect(await run(`say(await SweepOrchestrator.drainPendingCells('${id}'));`)).toEqual([2]);
    expect(await run(`say(await SweepOrchestrator.drainPendingCells('${id}'));`)).toEqual([0]);
    write(`${name}.go`, '');
    expect(said(await started.ended)).toEqual([
      expect.objectContaining({ id, status: 'cancelled', ...endedCells(2, 0, 2) }),
    ]);
  });

  it('stops following on an abort; the sweep goes on', { timeout }, async () => {
    const name = `abort-${target}`;
    const file = waiting(name);
    const [aborted, active, row] = await run(
      `const stop = new AbortController();
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
    expect(row).toMatchObject({ status: 'completed', ...endedCells(4, 0, 0) });
  });
});

it('runs the example', { timeout }, async () => {
  const example = readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'library', 'sweep.mjs'), 'utf8');
  const program = example.replace(/import (.*) from 'srunx';/, 'const $1 = await import(process.argv.at(-1));');
  const ran = await sandbox.runModule('example.mjs', program, ['embedded']).ended;
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^cell 0 is done\ncell 1 is done\n/);
  expect(ran.stdout).toMatch(/cancelled: [34] of 6 cells completed, 1 failed \(train#2 failed: exit code 1\)\n$/);
});

it('says what is wrong, and records nothing', { timeout }, async () => {
  const before = (await srunx(['sweep', 'list', '--json'])).stdout;
  const jobs = [{ name: 'a', command: 'echo {{ x }}' }];
  const { run } = sweepLibrary(sandbox, 'embedded');
  const errors = await run(
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
