import { describe, expect, it } from 'vitest';
import { parseItem, parseItems, parseLink, takeStats } from './rsync-output.ts';

/** As GNU rsync 3 writes it, and as openrsync and rsync 2.6.9 do. */
const gnu = `sending incremental file list
created directory /home/ada/project
.d..t...... ./
<f+++++++++ new.py
<f.st...... changed file.py
.f...p..... mode.sh
cd+++++++++ sub/
cL+++++++++ link -> new.py
hf          second => new.py
cS+++++++++ socket
cD+++++++++ null
<f+++++++++ trailing  
<f+++++++++ \\#377\\#012\\#134#123
<f+++++++++ -rf
*deleting   old.py
*deleting   gone/
*deleting   
*deleting       
Deletions stopped due to --max-delete limit (2 skipped)
`;
const short = `building file list ... done
.d..t.... ./
<f+++++++ new.py
>f..t.... back.py
cd+++++++ sub/
cL+++++++ link -> new.py
*deleting old.py
*deleting gone/
`;

describe('the output of -i', () => {
  it('is read in eleven columns', () => {
    expect(parseItems(gnu)).toEqual({
      transfers: ['new.py', 'changed file.py', 'trailing  ', '\\#377\\#012\\#134#123', '-rf'],
      deletions: ['old.py', 'gone/', '', ''],
      deletionCount: 4,
    });
  });

  it('is read in nine columns', () => {
    expect(parseItems(short)).toEqual({
      transfers: ['new.py', 'back.py'],
      deletions: ['old.py', 'gone/'],
      deletionCount: 2,
    });
  });

  it('names as many deletions as are wanted, and counts all', () => {
    expect(parseItems(gnu, { mostDeletions: 1 })).toMatchObject({ deletions: ['old.py'], deletionCount: 4 });
  });

  it('is nothing where nothing changes', () => {
    expect(parseItems('')).toEqual({ transfers: [], deletions: [], deletionCount: 0 });
  });

  it('holds the longest name that there can be', () => {
    const name = 'x'.repeat(255);
    expect(parseItems(`<f+++++++++ ${name}\n*deleting   ${name}\n`)).toMatchObject({
      transfers: [name],
      deletions: [name],
    });
  });

  it.each([
    ['cL+++++++++ link -> new.py', { type: 'link', isTransfer: false, name: 'link -> new.py' }],
    ['cd+++++++++ sub/', { type: 'directory', isTransfer: false, name: 'sub/' }],
    ['cS+++++++++ s', { type: 'special', isTransfer: false, name: 's' }],
    ['cD+++++++++ d', { type: 'device', isTransfer: false, name: 'd' }],
    ['.f...p..... f', { type: 'file', isTransfer: false, name: 'f' }],
    ['>f+++++++++  f', { type: 'file', isTransfer: true, name: ' f' }],
  ])('says what a thing is: %s', (line, item) => {
    expect(parseItem(line)).toEqual({ kind: 'changed', ...item });
  });

  it.each(['created directory x', 'sent 5 bytes  received 6 bytes', '', '<f+++++++++', 'deleting x', '*deletingx'])(
    'has other lines: %j',
    (line) => {
      expect(parseItem(line)).toBeUndefined();
    },
  );

  it('may not say where the name of a link ends', () => {
    expect(['a -> b', 'a -> b -> c', 'a'].map(parseLink)).toEqual(['a', undefined, undefined]);
  });
});

describe('the figures of --stats', () => {
  const block = `
Number of files: 1,003 (reg: 1,000, dir: 3)
Number of created files: 2 (reg: 1, dir: 1)
Number of regular files transferred: 1,000
Total file size: 12,345,678 bytes
Total transferred file size: 2,000,000 bytes
Literal data: 2 bytes

sent 192 bytes  received 84 bytes  184.00 bytes/sec
total size is 2  speedup is 0.01
`;
  const stats = { files: 1000, bytes: 2_000_000, totalBytes: 12_345_678 };

  it('are taken out of the output', () => {
    expect(takeStats(`<f+++++++++ a\n${block}`)).toEqual({ rest: '<f+++++++++ a\n', stats });
    expect(takeStats(block)).toEqual({ rest: '', stats });
  });

  it('are those of old ones, too', () => {
    const old =
      'Number of files: 2\nNumber of files transferred: 1\nTotal file size: 10 bytes\nTotal transferred file size: 5 bytes\n';
    expect(takeStats(old)).toEqual({ rest: '', stats: { files: 1, bytes: 5, totalBytes: 10 } });
  });

  it('are no name that looks like them', () => {
    const output = '<f+++++++++ Number of files: 7\n';
    expect(takeStats(output)).toEqual({ rest: output });
  });
});
