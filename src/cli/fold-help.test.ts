import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { foldHelp } from './fold-help.ts';

describe('foldHelp', () => {
  it('goes on with an explanation below itself', () => {
    expect(foldHelp('Options:\n  --gpus <count>  GPUs of the whole job, and others', 40)).toBe(
      'Options:\n  --gpus <count>  GPUs of the whole job,\n                  and others',
    );
  });

  it('puts it below a name that leaves no room', () => {
    expect(foldHelp('  --a-very-long-name <of a value>  what it means, in some words', 40)).toBe(
      '  --a-very-long-name <of a value>\n      what it means, in some words',
    );
  });

  it('leaves what fits, and words that fit nowhere', () => {
    const text = 'short\n\nhttps://example.org/a/very/long/address/without/blanks';
    expect(foldHelp(text, 40)).toBe(text);
  });

  it('folds plain sentences', () => {
    expect(foldHelp('one two three four five six', 20)).toBe('one two three four\nfive six');
  });

  it('keeps a command line one that a shell takes', () => {
    const line = `  srunx watch jobs --then 'printf "%s" "a  b"' --hold 60 --contiguous-on-node`;
    const folded = foldHelp(line, 40);
    expect(folded.split('\n').every(({ length }) => length <= 40)).toBe(true);
    const words = (text: string) =>
      execFileSync('sh', ['-c', `srunx() { printf '[%s]' "$@"; }; ${text}`], { encoding: 'utf8' });
    expect(words(folded)).toBe(words(line));
  });
});
