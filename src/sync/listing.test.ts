import { describe, expect, it } from 'vitest';
import { Listing } from './listing.ts';

function list(lines: readonly (string | Buffer)[], isMarked = true) {
  const listing = new Listing(isMarked);
  for (const line of lines) listing.read(Buffer.from(line));
  const { names, directories, ...found } = listing.close(false);
  return { names: [...names], directories: [...directories], ...found };
}

describe('what rsync lists', () => {
  it('is known by the mark behind each name', () => {
    expect(
      list([
        'sending incremental file list',
        '',
        '.d..t...... .///',
        '>f+++++++++ b c//',
        'cL+++++++++ link -> odd// -> b c',
        '>f+++++++++  blank//',
        'cS+++++++++ socket//',
        'cd+++++++++ empty///',
        'cd+++++++++ a///',
        'cd+++++++++ a/b///',
        'cd+++++++++ a/empty///',
        '>f+++++++++ a/b/\\#012//',
        '>f+++++++++ last//',
      ]),
    ).toEqual({
      names: ['b c', 'link -> odd', 'a/b/\\#012', 'last', ' blank'],
      blankCount: 1,
      directories: ['empty', 'a', 'a/b', 'a/empty'],
      emptyDirectories: ['a/empty', 'empty'],
      isWhole: true,
      warnings: [' blank cannot be kept track of: rename it'],
    });
  });

  it('is known without a mark, but for links', () => {
    const lines = ['.d..t.... ./', '>f+++++++ b', 'cd+++++++ sub/', 'cL+++++++ sub/l -> b', 'cL+++++++ x -> y -> z'];
    expect(list(lines, false)).toEqual({
      ...{ names: ['b', 'sub/l'], blankCount: 0, directories: ['sub'], emptyDirectories: [], isWhole: false },
      warnings: ['x -> y -> z cannot be kept track of: rename it'],
    });
  });

  it('may be bytes that are no text, and blanks of any kind', () => {
    const bytes = Buffer.from('>f+++++++ \xff\xe9', 'latin1');
    expect(list([bytes, '>f+++++++ \u00a0a', '>f+++++++ é', '>f+++++++ \ta'], false)).toMatchObject({
      ...{ names: ['\udcff\udce9', 'é', '\u00a0a', '\ta'], blankCount: 2 },
    });
  });

  it('is not whole where something has vanished', () => {
    expect(new Listing(true).close(true)).toMatchObject({
      isWhole: false,
      warnings: ['some files vanished while they were listed'],
    });
  });
});
