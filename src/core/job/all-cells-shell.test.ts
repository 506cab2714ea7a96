import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  cellList,
  type ListedTasks,
  renderAllCells,
  renderCellList,
  renderTaskList,
  taskList,
} from './all-cells-shell.ts';
import { renderWrapper } from './wrapper.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx all = cells '$(x) 日本\\n "));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const train: ListedTasks = { token: 'r-0', offset: 0, tasks: '0-2', job: 'train', ignored: false, edges: [] };
const behind = (job: string, type: string, token: string): ListedTasks => ({
  ...{ ...train, job, token },
  edges: [{ type, parent: 'train' }],
});
const grid = [train, behind('eval', 'afterok', 'r-1'), behind('clean', 'afternotok', 'r-2')];
const cells = [0, 1, 2].map((index) => ({ index, name: `n-${index}`, values: { n: index } }));

interface PlanDirectory {
  readonly name?: string;
  readonly cells?: Parameters<typeof renderCellList>[1];
  readonly arrays?: readonly ListedTasks[];
  readonly receipts: Readonly<Record<string, string | Uint8Array>>;
}

/** As the cells of a sweep leave it. */
function lay({ name = 'plan', arrays = grid, receipts, ...more }: PlanDirectory): string {
  const directory = join(dir, name);
  mkdirSync(join(directory, 'receipts'), { recursive: true });
  writeFileSync(cellList(directory), renderCellList(directory, more.cells ?? cells));
  writeFileSync(taskList(directory), renderTaskList(arrays));
  for (const [file, text] of Object.entries(receipts)) writeFileSync(join(directory, 'receipts', file), text);
  return directory;
}

interface Entry {
  readonly index: number;
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly dir: string;
  readonly state: string;
  readonly jobs: Readonly<Record<string, { readonly state: string; readonly exports: Record<string, string> }>>;
}

/** Runs a job after them, whose payload shows what it finds. */
function gather(directories: readonly string[], { path = '/usr/bin:/bin' } = {}) {
  const own = join(dir, 'own');
  mkdirSync(join(own, 'receipts'), { recursive: true });
  writeFileSync(join(own, 'payload'), '#!/bin/sh\ncat "$SRUNX_CELLS"', { mode: 0o755 });
  const before = renderAllCells({ directories, file: join(own, 'reduce', 'sum.jsonl') });
  const facts = { directory: own, token: 'r-9', payload: join(own, 'payload'), directives: [], env: {} };
  writeFileSync(join(own, 'wrapper'), renderWrapper({ ...facts, cell: { before, after: '' } }));
  const env = { PATH: path, SLURM_JOB_ID: '7' };
  const ran = spawnSync('/bin/sh', [join(own, 'wrapper')], { env, cwd: own, encoding: 'utf8' });
  const receipt = readFileSync(join(own, 'receipts', 'r-9'), 'utf8').replace(/ \d+ /g, ' ');
  rmSync(own, { recursive: true });
  const entries = ran.stdout.split('\n').slice(0, -1);
  return { ran, receipt, entries: entries.map((line) => JSON.parse(line) as Entry) };
}

const states = ({ state, jobs }: Entry) => [state, ...Object.values(jobs).map((job) => job.state)].join(' ');
const ended = (code: number) => `start 1 5\nexit 2 ${code}\n`;

describe('what a job after all cells finds of them', () => {
  it('is a line for each, in their order, with what its jobs have written', () => {
    const plan = lay({
      receipts: {
        'r-0.0': `log 1 /logs/a b.log\nstart 1 5\nexit 2 7\nretry 2 exit:7\nstart 3 6\nexit 4 0\n`,
        'r-0.0.exports': 'acc=0.5\nacc=0.9\nno export\n=x\n1=2\nurl=a=b\n',
        'r-0.0.metrics': '{"acc":1}\n',
        'r-1.0': ended(0),
        'r-0.1': ended(3),
      },
    });
    const { entries } = gather([plan]);
    const nothing = { exit: null, attempts: 0, exports: {}, metrics: null, log: null };
    const once = { attempts: 1, exports: {}, metrics: null, log: null };
    expect(entries).toEqual([
      {
        ...{ index: 0, name: 'n-0', params: { n: 0 }, dir: `${plan}/cells/0`, state: 'completed' },
        jobs: {
          train: {
            ...{ state: 'completed', exit: 0, attempts: 2, exports: { acc: '0.9', url: 'a=b' } },
            ...{ metrics: `${plan}/receipts/r-0.0.metrics`, log: '/logs/a b.log' },
          },
          eval: { state: 'completed', exit: 0, ...once },
          clean: { state: 'skipped', ...nothing },
        },
      },
      {
        ...{ index: 1, name: 'n-1', params: { n: 1 }, dir: `${plan}/cells/1`, state: 'failed' },
        jobs: {
          train: { state: 'failed', exit: 3, ...once },
          eval: { state: 'skipped', ...nothing },
          clean: { state: 'cancelled', ...nothing },
        },
      },
      expect.objectContaining({ index: 2, state: 'cancelled' }),
    ]);
  });

  it.each([
    ['completes', { 'r-0.0': ended(0), 'r-1.0': ended(0) }, 'completed completed completed skipped'],
    ['fails', { 'r-0.0': ended(1), 'r-2.0': ended(0) }, 'failed failed skipped completed'],
    ['was killed', { 'r-0.0': 'start 1 5\n', 'r-2.0': ended(0) }, 'unknown unknown skipped completed'],
    ['was killed as it began again', { 'r-0.0': `${ended(7)}start 3 5\n` }, 'cancelled unknown skipped cancelled'],
    ['never began', {}, 'cancelled cancelled skipped cancelled'],
    ['was not let go on', { 'r-0.0': ended(0) }, 'cancelled completed cancelled skipped'],
    ['has only a latch', { 'r-0.0': '' }, 'cancelled cancelled skipped cancelled'],
  ])('says of one that %s how it stands', (_, receipts, expected) => {
    const [entry] = gather([lay({ receipts })]).entries;
    expect(entry && states(entry)).toBe(expected);
  });

  it('counts failures that are to be ignored as success of the cell', () => {
    const arrays = [{ ...train, ignored: true }, behind('eval', 'afterany', 'r-1')];
    const receipts = { 'r-0.0': ended(1), 'r-1.0': ended(0), 'r-0.1': 'start 1 5\n' };
    const { entries } = gather([lay({ arrays, receipts })]);
    expect(entries.slice(0, 2).map(states)).toEqual(['completed failed completed', 'cancelled unknown cancelled']);
  });

  it('finds the tasks of chunks and groups, and cells without a job', () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ index, name: `${index}`, values: {} }));
    const arrays = [
      { ...train, tasks: '0-8:4,3' },
      { ...train, token: 'r-1', tasks: '1-2,5', offset: 10 },
      { ...train, token: 'r-2', job: 'other', tasks: '0', offset: 20 },
    ];
    const receipts = { 'r-0.3': ended(0), 'r-0.8': ended(1), 'r-1.5': ended(2), 'r-2.0': ended(0) };
    const { entries } = gather([lay({ cells: many, arrays, receipts })]);
    expect(entries.map(({ index }) => index)).toEqual(many.map(({ index }) => index));
    const told = entries.filter(({ state }) => state !== 'skipped');
    expect(told.map((entry) => `${entry.index} ${Object.keys(entry.jobs)} ${states(entry)}`)).toEqual([
      '0 train cancelled cancelled',
      '3 train completed completed',
      '4 train cancelled cancelled',
      '8 train failed failed',
      '11 train cancelled cancelled',
      '12 train cancelled cancelled',
      '15 train failed failed',
      '20 other completed completed',
    ]);
  });

  it('takes of a job in several plan directories the last one, whether or not it began there', () => {
    const one = lay({ receipts: { 'r-0.0': ended(1), 'r-0.1': ended(1), 'r-0.2': ended(0), 'r-1.2': ended(0) } });
    const other = lay({
      ...{ name: 'later', cells: [...cells.slice(0, 2), { index: 3, name: 'new', values: { n: 9 } }] },
      arrays: [
        { ...train, token: 's-0', tasks: '0-1,3' },
        { ...behind('eval', 'afterok', 's-1'), tasks: '0-1,3' },
      ],
      receipts: { 's-0.0': ended(0), 's-1.0': ended(0), 's-0.3': ended(4) },
    });
    const { entries } = gather([one, other]);
    expect(entries.map((entry) => `${entry.name} ${states(entry)}`)).toEqual([
      'n-0 completed completed completed skipped',
      'n-1 cancelled cancelled skipped cancelled',
      'n-2 completed completed completed skipped',
      'new failed failed skipped',
    ]);
    expect(entries[0]?.dir).toBe(`${other}/cells/0`);
  });

  it('ends the job where a plan directory is gone, and says so', () => {
    const { ran, receipt } = gather([lay({ receipts: {} }), join(dir, 'gone')]);
    expect([ran.status, ran.stdout, receipt]).toEqual([73, '', 'start 7\nexit 73\n']);
    expect(ran.stderr).toContain('gone/cells.jsonl cannot be read\n');
    expect(ran.stderr).toContain('sum.jsonl cannot be written\n');
  });
});

const awks = ['/usr/bin/gawk', '/usr/bin/mawk', '/usr/bin/original-awk', '/bin/busybox'].filter(existsSync);

describe.each(['', ...awks])('with the awk %j', (awk) => {
  const chunk = fc.oneof(
    fc.uint8Array({ min: 1, maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => new TextEncoder().encode(text)),
    fc
      .constantFrom('"', '\\', '\t', '\r', '\x7f', 'é', '日本', '😀', '\u00ad')
      .map((text) => new TextEncoder().encode(text)),
  );

  it('any bytes of an export come out as the text that they are', () => {
    mkdirSync(join(dir, 'bin'));
    if (awk !== '') symlinkSync(awk, join(dir, 'bin', 'awk'));
    const path = `${join(dir, 'bin')}:/usr/bin:/bin`;
    fc.assert(
      fc.property(fc.array(fc.array(chunk, { maxLength: 6 }), { minLength: 1, maxLength: 20 }), (values) => {
        const texts = values.map((parts) => Buffer.concat(parts).filter((byte) => byte !== 0 && byte !== 10));
        const lines = texts.flatMap((text, at) => [Buffer.from(`k${at}=`), text, Buffer.from('\n')]);
        const receipts = { 'r-0.0': ended(0), 'r-0.0.exports': Buffer.concat(lines) };
        const [entry] = gather([lay({ receipts })], { path }).entries;
        // How many replacements stand for a wrong sequence is a matter of taste.
        const shorten = (text: string) => text.replace(/\ufffd+/g, '\ufffd');
        const found = Object.values(entry?.jobs['train']?.exports ?? {}).map(shorten);
        expect(found).toEqual(texts.map((text) => shorten(new TextDecoder('utf-8', { ignoreBOM: true }).decode(text))));
      }),
      { numRuns: 25 },
    );
  });
});
