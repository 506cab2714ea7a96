import { describe, expect, it } from 'vitest';
import { createLogText } from './log-text.ts';

function linesOf(...texts: readonly string[]): readonly string[] {
  const log = createLogText();
  for (const text of texts) log.add(text);
  return log.lines();
}

describe('the end of a log', () => {
  it('puts lines together, however they arrive', () => {
    expect(linesOf('a\nb', 'c\n', 'd')).toEqual(['a', 'bc', 'd']);
    expect(linesOf('a\n')).toEqual(['a']);
    expect(linesOf()).toEqual([]);
  });

  it('shows a progress bar as it stands, and no control characters', () => {
    expect(linesOf('10%\r50%\r90%')).toEqual(['90%']);
    expect(linesOf('dos\r\n')).toEqual(['dos']);
    expect(linesOf('\x1b[1;31mred\x1b[0m\tx\x07\u202e\n')).toEqual(['red    x\\x07\\u202e']);
    expect(linesOf('\x1b]0;title\x07\n')).toEqual(['\\x1b]0;title\\x07']);
  });

  it('forgets what is far away, and does not fill the memory with one line', () => {
    expect(linesOf(Array.from({ length: 5_000 }, (_, n) => `${n}\n`).join(''))).toHaveLength(2_000);
    expect(linesOf(...Array.from({ length: 100 }, () => 'x'.repeat(1_000)))[0]).toHaveLength(20_000);
  });

  it('keeps two streams apart, also within a line', () => {
    const log = createLogText();
    log.add('50');
    log.add('warn', 'stderr: ');
    log.add('%\n');
    log.add('ing\nagain', 'stderr: ');
    expect(log.lines()).toEqual(['50%', 'stderr: warning', 'stderr: again']);
  });

  it('has room for remarks between its lines', () => {
    const log = createLogText();
    log.add('begun');
    log.remark('(started anew)');
    log.add('again\n');
    expect(log.lines()).toEqual(['begun', '(started anew)', 'again']);
  });
});
