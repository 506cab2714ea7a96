import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quoteWords } from '../quote.ts';
import { fitsLook, parseAnswers, renderLookScript } from './look-script.ts';

const mark = 'srunx-0123';
const fieldMark = '@f@';
const rows = [
  ['7', '7', 'PENDING', 'one'],
  ['8', '8', 'COMPLETED', 'two'],
  ['9_3', '12', 'RUNNING', 'a name\nof two lines\n7'],
  ['9_[4-6,10-20:5%2]', '9', 'PENDING', 'three'],
  ['15_1', '16', 'COMPLETED', 'four'],
  ['15_2', '17', 'SUSPENDED', "it's $(five)"],
  ['20+0', '20', 'RUNNING', 'six'],
].map((fields) => `${fields.join(fieldMark)}@r@\n`);

/** A shell runs it; what comes next says which branch it is. */
function look(jobIds: readonly string[], answer: readonly [string, ...string[]] = ['printf', '%s', rows.join('')]) {
  const say = (word: string) => [['printf', '%s', word], 'again'] as const;
  const next = { alive: say('alive'), over: say('over'), absent: say('absent'), silent: say('silent') };
  const script = renderLookScript({ mark, look: answer, fieldMark, jobIds, next });
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect([stderr, status]).toEqual(['', 0]);
  const [first, branch, again] = parseAnswers(stdout, mark);
  expect(again).toEqual(first);
  return { branch: branch?.stdout, rows: first?.stdout, first };
}

describe('a look that goes on', () => {
  it.each([
    [['7'], 'alive', [0]],
    [['8'], 'over', [1]],
    [['7', '8'], 'over', [0, 1]],
    [['9'], 'alive', [2, 3]],
    [['9_3', '7'], 'alive', [0, 2]],
    [['12'], 'alive', [2]],
    [['9_5'], 'alive', [3]],
    [['9_15'], 'alive', [3]],
    [['9_16'], 'absent', []],
    [['9_7', '7'], 'absent', [0]],
    [['15'], 'alive', [4, 5]],
    [['15_1'], 'over', [4]],
    [['20'], 'alive', [6]],
    [['20+0'], 'alive', [6]],
    [['20+1'], 'absent', []],
    [['4'], 'absent', []],
    [['2'], 'absent', []],
  ])('finds of %j: %s', (jobIds, branch, found) => {
    expect(look(jobIds)).toMatchObject({ branch, rows: found.map((index) => rows[index]).join('') });
  });

  it('tells of a look that failed, and of one that found nothing', () => {
    const failing = look(['7'], ['sh', '-c', 'echo part; echo why >&2; exit 3']);
    expect(failing).toMatchObject({ branch: 'silent', first: { exitCode: 3, stderr: 'why' } });
    expect(look(['7'], ['true'])).toMatchObject({ branch: 'absent', first: { exitCode: 0, stdout: '', stderr: '' } });
  });

  it('goes on with nothing where nothing is to follow', () => {
    const script = renderLookScript({ mark, look: ['echo', ''], fieldMark, jobIds: ['7'], next: { alive: [] } });
    const { stdout, status } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect([parseAnswers(stdout, mark).length, status]).toEqual([1, 0]);
  });

  it('is not for sets of tasks, nor for too many', () => {
    expect(fitsLook(['7', '9_3', '20+1'])).toBe(true);
    for (const jobIds of [
      ['9_[3-4]'],
      [],
      ['7.batch'],
      ["7'"],
      Array.from({ length: 501 }, (_, index) => `${index + 1}`),
    ]) {
      expect(fitsLook(jobIds)).toBe(false);
    }
  });

  it('takes an answer apart, whatever it has', () => {
    const answer = (stdout: string, code: number, stderr = '') => `${stdout}\n${mark} ${code}\n${stderr}\n${mark}\n`;
    const text = `${answer('a\n\n', 0)}${answer('', 1, 'no\nway')}${answer(quoteWords(['x']), 2)}half`;
    expect(parseAnswers(text, mark)).toEqual([
      { exitCode: 0, stdout: 'a\n\n', stderr: '' },
      { exitCode: 1, stdout: '', stderr: 'no\nway' },
      { exitCode: 2, stdout: quoteWords(['x']), stderr: '' },
    ]);
  });
});
