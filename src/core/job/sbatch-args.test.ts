import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { checkSbatchArgs } from './sbatch-args.ts';

describe('checkSbatchArgs', () => {
  it.each<[string[], string[]]>([
    [[], []],
    [['--gpu-bind=closest'], ['--gpu-bind=closest']],
    [
      ['-C', 'a b', '--switch=1'],
      ['--constraint=a b', '--switches=1'],
    ],
    [['-Hc2'], ['--hold', '--cpus-per-task=2']],
    [['--exclusive'], ['--exclusive']],
    // Options of a site's plugins.
    [
      ['--container-image=a b.sqsh', '--bell', '--gpu_cmode=shared'],
      ['--container-image=a b.sqsh', '--bell', '--gpu_cmode=shared'],
    ],
  ])('%j becomes %j', (words, expected) => expect(checkSbatchArgs(words)).toEqual(expected));

  it.each([
    [['script.sh'], '`script.sh` is no option'],
    [['--bell', 'value'], '`value` is no option'],
    [['--'], '`--` is no option'],
    [['-'], '`-` is no option'],
    [['--hold=1'], '--hold takes no value'],
    [['--constraint a100'], 'sbatch has no option `--constraint a100`'],
    [['-Y'], 'sbatch has no option `-Y`'],
    [['--bell=a\nb'], 'sbatch has no option `--bell`'],
    [['--time=soon'], '`soon` is no value for --time'],
    [['--time'], '--time has no value'],
    [['-d', 'afterok:1'], '--dependency cannot stand here'],
    [['-Jx'], '--job-name cannot stand here'],
    [['-oa.log'], '--output cannot stand here'],
    [['-D', '/x'], '--chdir cannot stand here'],
    [['--array=0-3'], '--array cannot stand here'],
    [['--comment=x'], '--comment cannot stand here'],
    [['-M', 'other'], '--clusters cannot stand here'],
    [['--wrap=rm'], '--wrap cannot stand here'],
    [['--parsable'], '--parsable cannot stand here'],
    [['-W'], '--wait cannot stand here'],
    [['--test-only'], '--test-only cannot stand here'],
  ])('refuses %j', (words, message) => {
    const refused = () => checkSbatchArgs(words);
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(message);
  });
});
