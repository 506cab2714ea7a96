import { describe, expect, it } from 'vitest';
import { queued, topScreen } from '../../../test/support/top-screen.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';

const three = [queued('1', 'RUNNING', { name: 'one' }), queued('2', 'PENDING'), queued('3', 'PENDING')];
const many = Array.from({ length: 50 }, (_, index) => queued(`${index + 1}`, 'RUNNING'));

function current({ state }: ReturnType<typeof topScreen>): string | undefined {
  return state().current;
}

describe('the selection', () => {
  it('moves, and stays within the rows', () => {
    const screen = topScreen(three);
    expect(current(screen)).toBe('1');
    screen.press('down', 'j');
    expect(current(screen)).toBe('3');
    screen.press('down');
    expect(current(screen)).toBe('3');
    screen.press('k', 'home', 'up');
    expect(current(screen)).toBe('1');
  });

  it('moves by screens, and the screen follows it', () => {
    const screen = topScreen(many);
    screen.press('pagedown', 'pagedown');
    const at = screen.state().shown.findIndex(({ key }) => key === current(screen));
    expect(at).toBeGreaterThan(10);
    expect(screen.state().first).toBeGreaterThan(0);
    screen.press('end');
    expect(current(screen)).toBe('50');
    expect(screen.lines().join('\n')).toContain(' 50 ');
    screen.press('pageup', 'home');
    expect(screen.state().first).toBe(0);
  });

  it('stays with its job when others come and go, and with its place when that is gone', () => {
    const screen = topScreen(three);
    screen.press('down');
    screen.look([queued('0', 'RUNNING'), ...three]);
    expect(current(screen)).toBe('2');
    screen.look([queued('1', 'RUNNING'), queued('3', 'PENDING')]);
    expect(current(screen)).toBe('3');
    screen.look([]);
    expect(current(screen)).toBeUndefined();
    screen.press('down', ' ', 'c', 'h', 'i', 't');
    screen.look(three);
    expect(current(screen)).toBe('1');
  });

  it('stays with the unstarted tasks of an array, whose id changes', () => {
    const screen = topScreen([queued('7_[0-9]', 'PENDING'), queued('8', 'PENDING')]);
    screen.look([queued('7_0', 'RUNNING'), queued('7_[1-9]', 'PENDING'), queued('8', 'PENDING')]);
    expect(screen.state().shown.find(({ key }) => key === current(screen))?.job.jobId).toBe('7_[1-9]');
  });
});

describe('rows', () => {
  const row = (screen: ReturnType<typeof topScreen>, key: string) =>
    screen.state().rows.find((candidate) => candidate.key === key);

  it('are news for one look, where they are new or have changed', () => {
    const screen = topScreen(three);
    expect(row(screen, '1')?.news).toBeUndefined();
    const later = [queued('1', 'COMPLETING', { name: 'one' }), queued('2', 'PENDING'), queued('4', 'PENDING')];
    screen.look(later);
    expect([row(screen, '1')?.news, row(screen, '2')?.news, row(screen, '4')?.news]).toEqual([
      'changed',
      undefined,
      'new',
    ]);
    screen.look(later.map((job): JobObservation => ({ ...job, elapsedSeconds: 9 })));
    expect(row(screen, '1')?.news).toBeUndefined();
  });

  it('stay for some looks with the state in which they left, at the end', () => {
    const screen = topScreen(three);
    screen.look(three.slice(1), [queued('1', 'FAILED', { exit: { code: 3, signal: 0 }, nodeList: 'n1' })]);
    expect(screen.lines().find((line) => line.includes('FAILED'))).toMatch(/~1 .*exit code 3, n1/);
    expect(screen.state().shown.map(({ key }) => key)).toEqual(['2', '3', '1']);
    for (let looks = 0; looks < 4; looks += 1) screen.look(three.slice(1));
    expect(row(screen, '1')?.gone).toBe(4);
    screen.look(three.slice(1));
    expect(row(screen, '1')).toBeUndefined();
  });

  it('come back when they are requeued', () => {
    const screen = topScreen(three);
    screen.look([], [queued('1', 'FAILED')]);
    screen.look([queued('1', 'PENDING', { restarts: 1 })]);
    expect(row(screen, '1')).toMatchObject({ gone: undefined, news: 'changed' });
  });
});

describe('the filter', () => {
  it('is applied while it is typed, kept with Enter and taken back with Esc', () => {
    const screen = topScreen(three);
    screen.press('/', 'o', 'N');
    expect(screen.state().shown.map(({ key }) => key)).toEqual(['1']);
    screen.press('backspace', 'escape');
    expect(screen.state().shown).toHaveLength(3);
    screen.press('/', 'o', 'n', 'e', 'enter', 'q');
    expect(screen.state().filter).toBe('one');
    screen.press('escape');
    expect(screen.state().filter).toBe('');
  });

  it('takes several words, in any order and case, and keys for what they are', () => {
    const screen = topScreen(three);
    expect(screen.press('/', ...'PEND 2 q')).toEqual([]);
    expect(screen.state().shown).toEqual([]);
    expect(screen.lines().join('\n')).toContain('No job has these words');
    screen.press('backspace');
    expect(screen.state().shown.map(({ key }) => key)).toEqual(['2']);
  });
});

describe('the order', () => {
  it('goes through the columns, and can be reversed', () => {
    const jobs = [queued('1', 'PENDING', { user: 'b' }), queued('2', 'RUNNING', { user: 'a' })];
    const screen = topScreen(jobs);
    const keys = () => screen.state().shown.map(({ key }) => key);
    expect(keys()).toEqual(['2', '1']);
    screen.press('s');
    expect(keys()).toEqual(['1', '2']);
    screen.press('s');
    expect(keys()).toEqual(['2', '1']);
    screen.press('r');
    expect(keys()).toEqual(['1', '2']);
    const { orders } = screen.state();
    for (let times = 2; times < orders.length; times += 1) screen.press('s');
    expect(screen.state().order).toBe(0);
  });

  it('begins as it was asked for', () => {
    const jobs = [queued('1', 'RUNNING', { cpus: 1 }), queued('2', 'RUNNING', { cpus: 2 })];
    expect(
      topScreen(jobs, { options: { sort: ['-cpus'] } })
        .state()
        .shown.map(({ key }) => key),
    ).toEqual(['2', '1']);
  });
});

describe('acting', () => {
  it('asks before a job is cancelled or requeued, and takes only y for yes', () => {
    const screen = topScreen(three);
    screen.press('c');
    expect(screen.lines().at(-1)).toBe('Cancel job 1 (one)? [y/N]');
    expect(screen.press('enter')).toEqual([]);
    expect(screen.lines().at(-1)).toBe('nothing was done');
    screen.press('R');
    expect(screen.press('y')).toEqual([{ kind: 'act', verb: 'requeue', jobIds: ['1'] }]);
  });

  it('is about the marked jobs, also where the filter hides them, and forgets the marks', () => {
    const screen = topScreen(three);
    screen.press(' ', ' ', '/', '3', 'enter', 'c');
    expect(screen.lines().at(-1)).toBe('Cancel 2 jobs: 1, 2? [y/N]');
    expect(screen.press('Y')).toEqual([{ kind: 'act', verb: 'cancel', jobIds: ['1', '2'] }]);
    expect(screen.state().marks.size).toBe(0);
  });

  it('is about the jobs of the question, whatever a look brings meanwhile', () => {
    const screen = topScreen(three);
    screen.press('c');
    screen.look(three.slice(1));
    expect(screen.press('y')).toEqual([{ kind: 'act', verb: 'cancel', jobIds: ['1'] }]);
  });

  it('does one thing at a time, and says what became of it until the next key', () => {
    const screen = topScreen(three);
    expect(screen.press('h')).toEqual([{ kind: 'act', verb: 'hold', jobIds: ['1'] }]);
    expect(screen.press('u', 'l', 'c')).toEqual([]);
    expect(screen.state().mode.kind).toBe('list');
    screen.send({ kind: 'acted', message: { text: '1: permission denied: a\x1bb', isFailure: true } });
    expect(screen.lines().at(-1)).toBe('1: permission denied: a\\x1bb');
    expect(screen.press('u')).toEqual([{ kind: 'act', verb: 'release', jobIds: ['1'] }]);
  });

  it('keeps a long question within two lines, and says how many jobs it is about', () => {
    const screen = topScreen(many, { size: { columns: 40, rows: 20 } });
    for (let index = 0; index < 50; index += 1) screen.press(' ');
    screen.press('c');
    const question = screen.lines().slice(-2).join(' ');
    expect(question).toMatch(/^Cancel 50 jobs: 1, 2, .* more\? \[y\/N\]$/);
  });
});

describe('pages', () => {
  it('show what was asked for, and nothing that comes too late', () => {
    const screen = topScreen(three);
    expect(screen.press('i')).toEqual([{ kind: 'details', jobId: '1' }]);
    screen.send({ kind: 'page', jobId: '1', lines: ['all of it'], remark: '' });
    expect(screen.lines()[1]).toBe('all of it');
    expect(screen.press('q')).toEqual([{ kind: 'close' }]);
    screen.send({ kind: 'page', jobId: '1', lines: ['late'], remark: '' });
    screen.press('down', 'enter');
    screen.send({ kind: 'page', jobId: '1', lines: ['late'], remark: '' });
    expect(screen.lines().join('')).not.toContain('late');
  });

  it('follow a log at its end, until somebody goes up', () => {
    const screen = topScreen(three);
    expect(screen.press('t')).toEqual([{ kind: 'log', jobId: '1' }]);
    const grow = (count: number) =>
      screen.send({
        kind: 'page',
        jobId: '1',
        lines: Array.from({ length: count }, (_, n) => `line ${n}`),
        remark: '',
      });
    grow(30);
    expect(screen.lines().at(-2)).toBe('line 29');
    screen.press('up');
    grow(40);
    expect(screen.lines().at(-2)).toBe('line 28');
    screen.press('end');
    grow(50);
    expect(screen.lines().at(-2)).toBe('line 49');
  });

  it('have no log of tasks that have not started', () => {
    const screen = topScreen([queued('7_[0-9]', 'PENDING')]);
    expect(screen.press('t')).toEqual([]);
    expect(screen.lines().at(-1)).toBe('7_[0-9] has not started: there is no log yet');
  });
});

describe('the rest', () => {
  it('quits, interrupts and suspends from everywhere it should', () => {
    const screen = topScreen(three);
    expect(screen.press('q')).toEqual([{ kind: 'quit' }]);
    for (const keys of [['/'], ['escape', 'c'], ['n', '?'], ['q']]) {
      screen.press(...keys);
      expect(screen.press('interrupt', 'suspend', 'redraw').map(({ kind }) => kind)).toEqual([
        'interrupt',
        'suspend',
        'redraw',
      ]);
    }
  });

  it('changes the scope, the pace and pauses', () => {
    const screen = topScreen(three);
    expect(screen.press('a')).toEqual([{ kind: 'scope', scope: 'all' }]);
    expect(screen.press('a')).toEqual([{ kind: 'scope', scope: 'own' }]);
    screen.press('+');
    expect(screen.state().intervalSeconds).toBe(10);
    screen.press('-', '-');
    expect(screen.state().intervalSeconds).toBe(3);
    for (let times = 0; times < 20; times += 1) screen.press('-');
    expect(screen.state().intervalSeconds).toBe(1);
    screen.press('p');
    expect(screen.lines()[0]).toContain('PAUSED');
  });

  it('says what is wrong with the cluster, how old the data is, and when it asks again', () => {
    const screen = topScreen(three);
    screen.send({ kind: 'failed', message: 'the controller does not answer', now: 42_000 });
    screen.send({ kind: 'pause', pauseMs: 8_000, now: 42_000 });
    expect(screen.lines()[0]).toContain('data 42s old');
    expect(screen.lines()[2]).toBe('again in 8s: the controller does not answer');
    screen.look(three);
    expect(screen.lines().join('\n')).not.toContain('does not answer');
  });
});
