import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { terminalScreen } from '../../../test/support/terminal-screen.ts';
import { queued, topScreen } from '../../../test/support/top-screen.ts';
import { cellWidth } from '../cell-width.ts';
import { drawFrame } from './draw-frame.ts';
import type { TopEvent } from './top-state.ts';

const jobs = [
  queued('4711', 'RUNNING', { name: 'train', gpus: 4, elapsedSeconds: 3_725, nodeList: 'n[1-4]', nodes: 4 }),
  queued('4712', 'PENDING', { name: '日本語の名前', reason: 'Resources' }),
  queued('4713_[0-9%2]', 'PENDING', { name: 'evil\x1b[31m\nname', reason: 'JobArrayTaskLimit' }),
];

describe('the screen', () => {
  it('has the cluster, the counts, the titles, the rows and the keys', () => {
    const screen = topScreen(jobs, { size: { columns: 100, rows: 9 } });
    screen.send({
      kind: 'look',
      look: { takenAt: 0, jobs, left: [], gpus: { total: 8, used: 4, free: 3 } },
      now: 0,
      isFirst: true,
    });
    const lines = screen.lines().map((line) => line.trimEnd());
    expect(lines[0]).toMatch(/^srunx top {2}test {2}\d\d:\d\d:\d\d {2}data 0s old {2}every 5s {2}my jobs$/);
    expect(lines.slice(1)).toEqual([
      '1 RUNNING  11 PENDING  GPUs 4 used, 3 free of 8  by STATE',
      ' JOBID         USER  PARTITION  NAME               STATE↑      TIME  NODES  GPUS  NODELIST(REASON)',
      ' 4711          me    gpu        train              RUNNING  1:02:05      4     4  n[1-4]',
      ' 4712          me    gpu        日本語の名前       PENDING     0:00      1     0  (Resources) It is…',
      ' 4713_[0-9%2]  me    gpu        evil\\x1b[31m\\nna…  PENDING     0:00      1     0  (JobArrayTaskLimi…',
      '',
      '',
      'c cancel  h hold  u release  i details  t log  space mark  / filter  s sort  ? help  q quit',
    ]);
  });

  it('keeps the most telling columns on narrow screens, and whose job it is where all are shown', () => {
    const narrow = topScreen(jobs, { size: { columns: 40, rows: 8 } });
    expect(narrow.lines()[2]?.trimEnd()).toBe(' JOBID         ST↑  NAME            TIME');
    const tiny = topScreen(jobs, { size: { columns: 20, rows: 8 } });
    expect(tiny.lines()[1]?.trimEnd()).toBe('1 R  11 PD  by STATE');
    expect(tiny.lines()[3]?.trimEnd()).toMatch(/^ 4711 +R +…?$/);
    const everybody = topScreen(jobs, { size: { columns: 60, rows: 8 } });
    everybody.press('a');
    expect(everybody.lines()[2]).toContain('USER');
  });

  it('marks, highlights and dims, and shows the selection, also without colours', () => {
    const screen = topScreen(jobs, { size: { columns: 100, rows: 9 } });
    screen.press('down', ' ');
    screen.look([queued('4711', 'COMPLETING')], [queued('4712', 'COMPLETED')]);
    const [changed, gone] = screen.drawn().slice(3);
    expect(changed).toMatch(/^\x1b\[1m~4711/);
    expect(gone).toMatch(/^\x1b\[2m/);
    expect(gone).toContain('COMPLETED');
    expect(screen.drawn().join('')).not.toMatch(/\x1b\[[39]\dm/);
    expect(topScreen(jobs, { colour: true }).drawn().join('')).toMatch(/\x1b\[33m/);
  });

  it('draws nothing but ASCII of its own where the locale has no more', () => {
    const screen = topScreen(jobs, { unicode: false, size: { columns: 70, rows: 9 } });
    expect(screen.lines().join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(screen.lines().join('')).toContain('????????????');
  });

  it('gives up the header, then the titles, before the rows', () => {
    expect(topScreen(jobs, { size: { columns: 80, rows: 4 } }).lines()[0]).toContain('JOBID');
    expect(topScreen(jobs, { size: { columns: 80, rows: 3 } }).lines()[0]).toContain('4711');
    expect(topScreen(jobs, { size: { columns: 80, rows: 1 } }).lines()).toHaveLength(1);
  });

  it('says where nothing is to be shown', () => {
    expect(topScreen([]).lines()[3]).toBe('No jobs in queue (my jobs); a shows all');
  });
});

it('scrolls through ten thousand rows without a pause', () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => queued(`${index}`, 'PENDING', { name: `job ${index}` }));
  const screen = topScreen(rows, { size: { columns: 120, rows: 50 }, colour: true });
  screen.drawn();
  const frame = (key: string) => {
    const at = performance.now();
    screen.press(key);
    screen.drawn();
    return performance.now() - at;
  };
  const times = Array.from({ length: 101 }, (_, index) => frame(index % 2 === 0 ? 'pagedown' : 'down')).sort(
    (a, b) => a - b,
  );
  // One takes a millisecond; what looks at every row takes fifty.
  expect(times[50]).toBeLessThan(16);
});

const names = fc.string({
  unit: fc.constantFrom('a', ' ', '日', '\x1b', '\n', '[31m', '😀', '\u202e', '\u0301', '…'),
  maxLength: 30,
});
const states = fc.constantFrom('RUNNING', 'PENDING', 'COMPLETING', 'FAILED', 'COMPLETED', 'STRANGE', 'OUT_OF_MEMORY');
const job = fc
  .record({
    jobId: fc.oneof(
      fc.integer({ min: 1, max: 12 }).map(String),
      fc.constantFrom('20_[0-9]', '20_1', '20_[3-9%2]', '30+1', '20_2'),
    ),
    state: states,
    name: names,
    reason: fc.option(fc.constantFrom('Priority', 'JobHeldUser', 'odd (x)', 'QOSMaxJobsPerUserLimit'), {
      nil: undefined,
    }),
    nodeList: fc.option(fc.constantFrom('n1', 'n[1-100]'), { nil: undefined }),
  })
  .map(({ jobId, state, name, reason, nodeList }) =>
    queued(jobId, state, {
      name,
      ...(reason === undefined ? {} : { reason }),
      ...(nodeList === undefined ? {} : { nodeList }),
    }),
  );
const some = fc.uniqueArray(job, { selector: ({ jobId }) => jobId, maxLength: 15 });

const keys = [
  ...['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'enter', 'escape', 'backspace', 'clear', 'left', 'right'],
  ...['redraw', ...' /srcRhluitapg+-=?jkyYnqGb日😀\\x'],
];
const event: fc.Arbitrary<TopEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...keys).map((key) => ({ kind: 'key', key }) as const) },
  fc
    .record({ columns: fc.integer({ min: 1, max: 300 }), rows: fc.integer({ min: 1, max: 60 }) })
    .map((size) => ({ kind: 'resize', size }) as const),
  fc.tuple(some, some, fc.boolean()).map(([now, left, isFirst]) => {
    const gpus = isFirst ? { total: 8, used: 3, free: 5 } : undefined;
    return { kind: 'look', look: { takenAt: 0, jobs: now, left, gpus }, now: 5_000, isFirst } as const;
  }),
  names.map((message) => ({ kind: 'failed', message, now: 9_000 }) as const),
  fc.integer({ min: 0, max: 500_000 }).map((pauseMs) => ({ kind: 'pause', pauseMs, now: 10_000 }) as const),
  names.map((text) => ({ kind: 'acted', message: { text, isFailure: true } }) as const),
  fc
    .tuple(fc.constantFrom('1', '2', '3'), fc.array(names, { maxLength: 90 }), names)
    .map(([jobId, lines, remark]) => ({ kind: 'page', jobId, lines, remark }) as const),
);

it('whatever happens, draws a screen that fits, with a selection that is there', () => {
  const look = fc.record({ colour: fc.boolean(), unicode: fc.boolean() });
  fc.assert(
    fc.property(some, look, fc.array(event, { maxLength: 40 }), (first, { colour, unicode }, events) => {
      const screen = topScreen(first, { colour, unicode, size: { columns: 80, rows: 24 } });
      const terminal = terminalScreen();
      let before: readonly string[] | undefined;
      for (const happens of events) {
        screen.send(happens);
        const { size, current, shown, first: top, marks, rows } = screen.state();
        const lines = screen.drawn();
        expect(lines).toHaveLength(size.rows);
        for (const line of lines) {
          expect(cellWidth(line)).toBeLessThanOrEqual(size.columns);
          expect(line.replaceAll(/\x1b\[[0-9;]*m/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
        }
        expect(current !== undefined).toBe(shown.length > 0);
        if (current !== undefined) expect(shown.some(({ key }) => key === current)).toBe(true);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(top).toBeLessThanOrEqual(Math.max(0, shown.length - 1));
        for (const key of marks) expect(rows.some((row) => row.key === key)).toBe(true);
        // Drawn in parts, it is what it would be if drawn at once.
        if (happens.kind === 'resize') {
          terminal.resize(size);
          before = undefined;
        }
        terminal.write(drawFrame(before, lines, size.columns));
        before = lines;
        expect(terminal.rows()).toEqual(screen.lines().map((line) => line.replaceAll('\u0301', '').trimEnd()));
      }
    }),
    { numRuns: 300 },
  );
});
