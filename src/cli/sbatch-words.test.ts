import { describe, expect, it } from 'vitest';
import { UsageError } from '../core/errors.ts';
import { sbatchOptionTable } from '../core/job/sbatch-option-table.ts';
import { ownOptions } from './sbatch-options.ts';
import { readSbatchWords } from './sbatch-words.ts';

describe('readSbatchWords', () => {
  it.each([
    [
      'Slurm options in every spelling',
      ['-N4', '-n', '2', '--mem=4G', '--time', '10'],
      ['nodes=4', 'ntasks=2', 'mem=4G', 'time=10'],
    ],
    ['unambiguous beginnings', ['--parti', 'gpu'], ['partition=gpu']],
    ['letters that share a word', ['-Hk0'], ['hold', 'no-kill=0']],
    [
      "srunx's own spellings",
      ['--name', 'a b', '--memory=1G', '--time-limit', '5', '--work-dir', '/x'],
      ['job-name=a b', 'mem=1G', 'time=5', 'chdir=/x'],
    ],
    ['values that look like options', ['--comment', '-rf', '-J', '--x'], ['comment=-rf', 'job-name=--x']],
    ['values with an equals sign, and empty ones', ['--comment=a=b', '--job-name='], ['comment=a=b', 'job-name=']],
  ])('reads %s', (_, words, expected) => {
    const { slurm } = readSbatchWords(words);
    expect(slurm.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`))).toEqual(expected);
  });

  it('leaves everything behind the script to the script', () => {
    const { own, slurm, rest } = readSbatchWords(['-p', 'gpu', 'job.sh', '--json', '-h', '--wrap', '--']);
    expect(own).toEqual({});
    expect(slurm).toEqual([{ name: 'partition', value: 'gpu' }]);
    expect(rest).toEqual(['job.sh', '--json', '-h', '--wrap', '--']);
  });

  it('takes what follows `--` for the script, whatever it looks like', () => {
    expect(readSbatchWords(['-q', '--', '-rf', '-p']).rest).toEqual(['-rf', '-p']);
  });

  it('takes `-` for a script', () => {
    expect(readSbatchWords(['-q', '-', 'x']).rest).toEqual(['-', 'x']);
  });

  it.each([
    [['-W'], { wait: true }],
    [['--wait', '-q', '-v'], { wait: true, quiet: true, verbose: true }],
    [['-HW'], { wait: true }],
    [['-Q'], { quiet: true }],
    [['--pars'], { parsable: true }],
    [['--usage'], { help: true }],
    [['--env', 'A=1', '--env=B=2'], { env: ['A=1', 'B=2'] }],
    [['--slurm-arg=--bell=2', '--slurm-arg', '-x1'], { 'slurm-arg': ['--bell=2', '-x1'] }],
    [['--wrap', 'a && b'], { wrap: 'a && b' }],
    [['--container', 'a.sif'], { container: 'a.sif' }],
  ])('carries out itself what %j asks for', (words, expected) => {
    expect(readSbatchWords(words).own).toEqual(expected);
  });

  it.each([
    [['--partion=gpu'], 'Did you mean `--partition`?'],
    [['--tim-limit', '5'], 'Did you mean `--time-limit`?'],
    [['--bell=2'], 'Hand an option of a plugin of your site over with --slurm-arg.'],
    [['-Hqnormal'], 'Write --qos=NAME.'],
    [['--json=yes'], 'Write --json alone.'],
    [['--wrap'], 'Write --wrap=VALUE.'],
    [['--nodes'], 'Write --nodes=VALUE.'],
    [['-V'], 'Use `srunx --version`.'],
  ])('refuses %j with a next step', (words, hint) => {
    expect(() => readSbatchWords(words)).toThrow(UsageError);
    expect(() => readSbatchWords(words)).toThrow(expect.objectContaining({ hint }));
  });

  it('knows each option of sbatch: as its own, as one to forward, or as one that means another thing here', () => {
    const refused = new Set(['profile', 'version']);
    for (const { name, kind } of sbatchOptionTable) {
      if (refused.has(name)) continue;
      const { own, slurm, rest } = readSbatchWords([kind === 'flag' ? `--${name}` : `--${name}=1`, 'job.sh']);
      expect([name, rest]).toEqual([name, ['job.sh']]);
      expect([name, Object.keys(own).length + slurm.length]).toEqual([name, 1]);
    }
  });

  it('has no own option twice', () => {
    const names = ownOptions.flatMap(({ name, letter }) => [name, ...(letter === undefined ? [] : [letter])]);
    expect(new Set(names).size).toBe(names.length);
  });
});
