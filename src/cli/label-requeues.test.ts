import { describe, expect, it } from 'vitest';
import { createRequeueLabels } from './label-requeues.ts';

const at = '2026-11-26T17:05:05';
const notice = (what: string) => `slurmstepd-c1: error: *** ${what} ON c1 CANCELLED AT ${at} DUE TO JOB REQUEUE ***\n`;
const label = `srunx: requeued by Slurm at ${at}; the next attempt follows\n`;

/** In pieces of so many bytes. */
function show(text: string | Buffer, size: number): string {
  const labels = createRequeueLabels();
  const bytes = Buffer.from(text);
  const shown: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; from += size) shown.push(labels.push(bytes.subarray(from, from + size)));
  return Buffer.concat([...shown, labels.flush()]).toString('latin1');
}

describe.each([1, 2, 7, 64, 10_000])('a log that comes in pieces of %i bytes', (size) => {
  it.each([
    ['one notice', `a\n${notice('JOB 1')}b\n`, `a\n${label}b\n`],
    ['behind an unfinished line', `50 %${notice('JOB 1')}b`, `50 %\n${label}b`],
    ['of a job and its steps', notice('JOB 1') + notice('STEP 1.0') + notice('STEP 1.1'), label],
    ['twice, with something between', `${notice('JOB 1')}b\n${notice('JOB 1')}`, `${label}b\n${label}`],
    ['no notice', 'slurmstepd: error: disk\nsrunx: error: no\nsslurm srunx: \n', undefined],
    ['a notice without its end', notice('JOB 1').slice(0, -5), undefined],
    ['an endless line', `slurmstepd${'x'.repeat(2_000)}`, undefined],
    ['what a person cancelled', notice('JOB 1').replace(' DUE TO JOB REQUEUE', ''), undefined],
    ['its beginning, at the very end', 'progress\rslurms', undefined],
  ])('%s', (_, text, shown = text) => {
    expect(show(text, size)).toBe(shown);
  });

  it('bytes that are no text', () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    expect(show(bytes, size)).toBe(bytes.toString('latin1'));
  });
});

describe('what is shown at once', () => {
  it.each([
    ['50 %', '50 %'],
    ['step 3', 'step 3'],
    ['srunx: attempt', 'srunx: attempt'],
    ['50 % slurm', '50 % '],
    ['s', ''],
  ])('%j', (text, shown) => {
    expect(Buffer.from(createRequeueLabels().push(Buffer.from(text))).toString()).toBe(shown);
  });
});
