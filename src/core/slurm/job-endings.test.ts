import { expect, it } from 'vitest';
import { endingArgs, parseEndings } from './job-endings.ts';

it('asks for the ends of everybody, with an end of the time', () => {
  expect(endingArgs({ since: 1_795_471_002.7, mark: '@m@' })).toEqual([
    ...['-X', '-n', '-p', '--delimiter=@m@', '-a', '-s', 'BF,CA,CD,DL,F,NF,OOM,PR,TO'],
    ...['-S', 'uts1795471002', '-E', 'now', '-o', 'State,User,Partition'],
  ]);
});

it('reads states with what sacct says beside them', () => {
  const text = [
    ['COMPLETED', 'ann', 'gpu'],
    ['CANCELLED by 1000', 'bob', 'cpu'],
    ['OUT_OF_MEMORY', 'ann', 'gpu,cpu'],
    ['TIMEOUT', '', ''],
  ];
  const lines = text.map((fields) => fields.map((field) => `${field}@m@`).join('')).join('\n');
  expect(parseEndings(`${lines}\n`, { mark: '@m@' })).toEqual([
    { status: 'COMPLETED', user: 'ann', partition: 'gpu' },
    { status: 'CANCELLED', user: 'bob', partition: 'cpu' },
    { status: 'FAILED', user: 'ann', partition: 'gpu,cpu' },
    { status: 'TIMEOUT', user: '', partition: '' },
  ]);
  expect(parseEndings('', { mark: '@m@' })).toEqual([]);
});
