import { describe, expect, it } from 'vitest';
import { controlMarks, hasFixture, readFixture, releases } from '../../../test/support/slurm-fixtures.ts';
import { parsePartitions, partitionArgs } from './partitions.ts';

/** Recorded as `%P|%a|%l|%D|%T|%N`; what a release lacks was the same as in 23.11. */
function recorded(release: (typeof releases)[number]): string {
  const text = readFixture(hasFixture(release, 'sinfo-o.txt') ? release : '23.11', 'sinfo-o.txt');
  const lines = text.trimEnd().split('\n');
  return lines
    .map((line) => line.split('|'))
    .map(([name, available, limit, , , nodes]) => `${[name, available, limit, nodes].join('\x1f')}\x1e\n`)
    .join('');
}

describe.each(releases)('partitions of %s', (release) => {
  it('are read with their limits and nodes', () => {
    expect(parsePartitions(recorded(release), controlMarks)).toEqual([
      { name: 'gpu', isDefault: true, up: true, timeLimitSeconds: null, nodes: ['c1', 'c2'] },
      { name: 'cpu', isDefault: false, up: true, timeLimitSeconds: 7 * 86_400, nodes: ['c3', 'c4'] },
      { name: 'urgent', isDefault: false, up: true, timeLimitSeconds: 3_600, nodes: ['c4'] },
      { name: 'scavenge', isDefault: false, up: true, timeLimitSeconds: null, nodes: ['c4'] },
    ]);
  });
});

describe('parsePartitions', () => {
  it('joins the lines of a partition whose nodes differ in state', () => {
    const text = 'long\x1fdown\x1f1:00\x1fn[1-2]\x1e\nlong\x1fdown\x1f1:00\x1fn7\x1e\n';
    expect(parsePartitions(text, controlMarks)).toEqual([
      { name: 'long', isDefault: false, up: false, timeLimitSeconds: 60, nodes: ['n1', 'n2', 'n7'] },
    ]);
  });

  it.each(['down', 'drain', 'inact'])('knows that a partition that is %s takes no jobs', (word) => {
    expect(parsePartitions(`p\x1f${word}\x1fn/a\x1f\x1e\n`, controlMarks)).toEqual([
      { name: 'p', isDefault: false, up: false, timeLimitSeconds: null, nodes: [] },
    ]);
  });
});

describe('partitionArgs', () => {
  it('marks every field', () => {
    expect(partitionArgs({ field: '@f@', record: '@r@' })).toEqual([
      ...['-h', '-O', 'Partition:@f@,Available:@f@,Time:@f@,NodeList:@r@'],
    ]);
  });
});
