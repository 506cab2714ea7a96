import { describe, expect, it } from 'vitest';
import { fileError } from './problems.ts';

const text = 'one\n  two\nthree\n';
const file = { source: 'flow.yaml', text };
const at = (word: string) => text.indexOf(word);

describe('fileError', () => {
  it('says one problem in the message, with the line and what to do', () => {
    const error = fileError([{ offset: at('two'), message: 'is wrong', hint: 'Correct it.' }], file);
    expect(error).toMatchObject({
      message: 'flow.yaml:2:3: is wrong',
      detail: '    two',
      hint: 'Correct it.',
      exitCode: 2,
    });
  });

  it('says several in the order of their lines, each with what to do about it', () => {
    const error = fileError(
      [
        { offset: at('three'), message: 'third', hint: () => 'Do this.' },
        { message: 'nowhere' },
        { offset: at('one'), message: 'first' },
      ],
      file,
    );
    expect(error.message).toBe('flow.yaml has 3 problems');
    expect(error.detail).toBe(
      'flow.yaml: nowhere\nflow.yaml:1:1: first\n    one\nflow.yaml:3:1: third\n    three\n    Do this.',
    );
  });

  it('shows twenty, and asks no others for their hint', () => {
    let asked = 0;
    const problems = Array.from({ length: 1_000 }, (_, index) => ({
      offset: 0,
      message: `problem ${index}`,
      hint: () => {
        asked += 1;
        return undefined;
      },
    }));
    const { message, detail } = fileError(problems, file);
    expect(message).toBe('flow.yaml has 1000 problems');
    expect(detail?.match(/problem/g)).toHaveLength(20);
    expect(detail?.endsWith('and 980 more')).toBe(true);
    expect(asked).toBe(20);
  });

  it('shows of a long line the part that matters', () => {
    const long = `${'a'.repeat(500)}HERE${'b'.repeat(500)}`;
    const { message, detail } = fileError([{ offset: 500, message: 'x' }], { source: 'f', text: long });
    expect(message).toBe('f:1:501: x');
    expect(detail).toMatch(/^ {4}\.\.\.a+HEREb+\.\.\.$/);
    expect(detail?.length).toBeLessThan(130);
  });

  it('points at the end of a file without a last line', () => {
    expect(fileError([{ offset: 3, message: 'x' }], { source: 'f', text: 'a:\n' })).toMatchObject({
      message: 'f:2:1: x',
      detail: undefined,
    });
  });
});
