import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CellShellOptions, cellTable, renderCell, renderCellTable } from './cell-shell.ts';
import { renderWrapper } from './wrapper.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx cells '$(x) "));
  mkdirSync(join(dir, 'receipts'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Task {
  readonly rows: Parameters<typeof renderCellTable>[0];
  readonly varies: CellShellOptions['varies'];
  readonly index?: number;
  readonly offset?: number;
  readonly payload?: string;
  readonly onFailure?: string;
}

function run({ rows, varies, index = 0, offset = 0, payload = '', onFailure }: Task) {
  writeFileSync(cellTable(dir), renderCellTable(rows));
  writeFileSync(join(dir, 'payload'), `#!/bin/sh\n${payload}`, { mode: 0o755 });
  const cell = renderCell({ directory: dir, offset, stage: 0, job: 'train', varies });
  const facts = { directory: dir, token: 'own', payload: join(dir, 'payload'), directives: [], env: {}, cell };
  writeFileSync(join(dir, 'wrapper'), renderWrapper({ ...facts, onFailure }));
  const env = { PATH: '/usr/bin:/bin', SLURM_JOB_ID: '7', SLURM_ARRAY_TASK_ID: `${index}` };
  const ran = spawnSync('/bin/sh', [join(dir, 'wrapper')], { env, cwd: dir, encoding: 'utf8' });
  rmSync(join(dir, 'receipts'), { recursive: true });
  mkdirSync(join(dir, 'receipts'));
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const row = (index: number, texts: readonly string[], values: Readonly<Record<string, unknown>> = {}) => ({
  ...{ index, name: `n-${index}`, values },
  stages: [texts],
});

it('tells each task its cell, and leaves its values in a directory of its own', () => {
  const rows = [row(10, [], { lr: 0.1 }), row(12, [], { lr: "it's", n: true })];
  const payload = 'echo "$SRUNX_CELL $SRUNX_CELL_NAME"; cat "$SRUNX_CELL_DIR/params.json"';
  expect(run({ rows, varies: { env: {} }, payload, index: 2, offset: 10 })).toEqual({
    code: 0,
    out: `12 n-12\n{"lr":"it's","n":true}\n`,
    err: '',
  });
});

it('ends a task without a row, and says so', () => {
  const { code, err } = run({ rows: [row(1, [])], varies: { env: {} }, index: 0 });
  expect([code, err]).toEqual([78, expect.stringContaining('cell 0 has no row in')]);
});

it('counts a task that lacks something as failed', () => {
  const onFailure = 'srunx_on_failure() { echo "cell $srunx_index ended with $1"; }';
  expect(run({ rows: [row(1, [])], varies: { env: {} }, onFailure }).out).toBe('cell 0 ended with 78\n');
  writeFileSync(join(dir, 'cells'), 'no directory');
  expect(run({ rows: [row(0, [])], varies: { env: {} }, onFailure })).toMatchObject({
    code: 73,
    out: 'cell 0 ended with 73\n',
  });
});

it('puts a script together of its parts, and removes it when it has succeeded', () => {
  const varies = { env: {}, script: ['#!/bin/sh\necho ', 0, '\nexit ', 1, '\n'] };
  const rows = [row(0, ['a b', '0']), row(1, ["'$x'", '3'])];
  expect(run({ rows, varies, index: 0 })).toMatchObject({ code: 0, out: 'a b\n' });
  expect(existsSync(join(dir, 'cells/0/train'))).toBe(false);
  expect(run({ rows, varies, index: 1 })).toMatchObject({ code: 3, out: '$x\n' });
});

it('gives any text to variables, arguments and scripts byte for byte', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map((one) => one.replaceAll('\0', '').toWellFormed());
  const read = `printf '%s\\1' "$V" "$1" "$2"`;
  fc.assert(
    fc.property(text, text, text, (first, second, third) => {
      const varies = { env: { V: 0 }, args: { from: 1, count: 2 } };
      const { out } = run({ rows: [row(0, [first, second, third])], varies, payload: read });
      expect(out).toBe([first, second, third, ''].join('\u0001'));
    }),
    { numRuns: 40 },
  );
});

it('makes and enters the directory of the cell', () => {
  const { out } = run({ rows: [row(0, ['runs/a b'])], varies: { env: {}, workDir: 0 }, payload: 'pwd' });
  expect(out).toBe(`${dir}/runs/a b\n`);
});

it('writes a table of one line for each cell, in its place', () => {
  const table = renderCellTable([row(0, ['a\nb']), row(3, ['c'])]);
  expect(table.split('\n')).toHaveLength(5);
  expect(table.split('\n').slice(1, 3)).toEqual(['', '']);
  writeFileSync(join(dir, 'table'), table);
  expect(readFileSync(join(dir, 'table'), 'utf8')).toContain('srunx_0_0=a"$srunx_nl"b');
});
