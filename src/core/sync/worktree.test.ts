import { describe, expect, it } from 'vitest';
import { judgeWorktree, parseStatus, summarizePaths, type Worktree } from './worktree.ts';

describe('what git says', () => {
  it.each<[string, readonly string[]]>([
    [' M a.py\0?? b c.py\0', ['a.py', 'b c.py']],
    ['R  new.py\0old.py\0 D gone\0', ['new.py', 'gone']],
    [' C copy\0from\0?? x\ny\0', ['copy', 'x\ny']],
    ['?? R  x\0', ['R  x']],
  ])('%j is read', (text, paths) => {
    expect(parseStatus(text)).toEqual({ kind: 'dirty', paths });
  });

  it('may be nothing', () => {
    expect(parseStatus('')).toEqual({ kind: 'clean' });
  });

  it('is told in short', () => {
    expect(summarizePaths(['a', 'b', 'c'])).toBe('a, b, c');
    expect(summarizePaths(['a', 'b\u001b[2J\n', 'c', 'd', 'e'])).toBe('a, b?[2J?, c ... (+2 more)');
  });
});

describe('files that must be clean', () => {
  const rule = { mount: 'code', requireClean: true, warnDirty: true };
  const dirty: Worktree = { kind: 'dirty', paths: ['a.py'] };
  const unknown: Worktree = { kind: 'unknown', reason: 'git is not installed' };

  it.each([
    [dirty, 'the mount code has uncommitted changes: a.py'],
    [unknown, 'it cannot be told whether the mount code has uncommitted changes: git is not installed'],
  ])('and are not, or nobody knows, are refused: %j', (worktree, message) => {
    expect(() => judgeWorktree(worktree, rule)).toThrow(
      expect.objectContaining({ code: 'sync.dirty', exitCode: 8, message }),
    );
  });

  it('or not, are warned of where that is wanted', () => {
    const loose = { ...rule, requireClean: false };
    expect(judgeWorktree(dirty, loose)).toBe('the mount code has uncommitted changes: a.py');
    expect(judgeWorktree(dirty, { ...loose, warnDirty: false })).toBeUndefined();
    expect(judgeWorktree(unknown, loose)).toBeUndefined();
    for (const kind of ['none', 'clean'] as const) expect(judgeWorktree({ kind }, rule)).toBeUndefined();
  });
});
