import { describe, expect, it } from 'vitest';
import { defaultLogPattern, expandLogPattern, type LogPatternContext } from './log-pattern.ts';

const job: LogPatternContext = { jobId: '32', arrayJobId: '32', user: 'root', name: 'a b', host: 'vm', restarts: 1 };
const task: LogPatternContext = { ...job, jobId: '47', arrayJobId: '40', taskIndex: 13 };

describe('expandLogPattern', () => {
  it.each([
    ['%x_%A_%a_%j_%N_%u_%%_%5j_%s_%t', 'a b_32_4294967294_32_vm_root_%_00032_batch_0'],
    ['x\\%j.out', 'x%j.out'],
    ['a\\\\b%j', 'a\\b%j'],
    ['end\\', 'end'],
    ['slurm-%j.out', 'slurm-32.out'],
    ['/home/a b/%x %j.log', '/home/a b/a b 32.log'],
    ['%j%%%j', '32%32'],
    ['%%j', '%j'],
    ['%J_%n_%r', '32_0_1'],
    ['%5J_%5n_%5t_%5A', '00032_00000_00000_00032'],
    ['%5x_%5u_%5N_%5s', 'a b_root_vm_batch'],
    // At most ten digits, and none where none are asked for.
    ['%10j_%11j_%123j', '0000000032_0000000032_0000000032'],
    ['%0j_%00j', '32_32'],
    // What has no meaning, or none that is known here, stays.
    ['%z_%_%', '%z_%_%'],
    ['%-5j', '%-5j'],
    ['%S', '%S'],
    ['', ''],
  ])('%s: %s', (pattern, path) => expect(expandLogPattern(pattern, job)).toBe(path));

  it.each([
    ['slurm-%A_%a.out', 'slurm-40_13.out'],
    ['%j_%5a_%b_%3b', '47_00013_3_003'],
  ])('%s of a task: %s', (pattern, path) => expect(expandLogPattern(pattern, task)).toBe(path));

  it('pads numbers only, not a name that looks like one', () => {
    expect(expandLogPattern('%5x_%5u', { ...job, name: '7', user: '1000' })).toBe('7_1000');
  });

  it('leaves what is not known yet', () => {
    expect(expandLogPattern('%x_%u_%N_%r_%5N', { jobId: '1', arrayJobId: '1' })).toBe('%x_%u_%N_%r_%5N');
  });

  it.each([
    ['22.05.8', '%b_%r'],
    ['24.05.8', '%b_%r'],
    ['24.11.0', '3_%r'],
    ['25.05.8', '3_%r'],
    ['25.11.7', '3_1'],
    ['26.05.3', '3_1'],
    ['unknown', '3_1'],
    [undefined, '3_1'],
  ])('knows of %s which symbols it has', (slurmVersion, path) => {
    const context = slurmVersion === undefined ? task : { ...task, slurmVersion };
    expect(expandLogPattern('%b_%r', context)).toBe(path);
  });
});

describe('defaultLogPattern', () => {
  it('tells tasks of an array apart', () => {
    expect(expandLogPattern(defaultLogPattern({ isArray: true }), task)).toBe('slurm-40_13.out');
    expect(expandLogPattern(defaultLogPattern({ isArray: false }), job)).toBe('slurm-32.out');
  });
});
