import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { sbatchOptionTable } from './sbatch-option-table.ts';
import { validateSbatchOption } from './validate-sbatch-option.ts';

/** Values that sbatch 22.05.8 takes, and values that it, or the controller, refuses; told by `sbatch --test-only`. */
const values: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
  array: {
    good: ['0', '0-9', '1,3,5', '0-15:4', '0-9%2', '0-9%0', '[0-3]', '0,0', '01-03', '0-1000'],
    bad: ['', '-1', 'a', '9-0', '1-', '1-2-3', '1:2', '0-9:0', '0-9%'],
  },
  ntasks: { good: ['1', '01', '4294967294'], bad: ['', '0', '-1', '1.5', 'a', '1k', '99999999999'] },
  'core-spec': { good: ['0', '4'], bad: ['', '-1', 'a', '5.5'] },
  begin: {
    good: [
      ...['now', 'NOW', 'now+1', 'now+2hours', 'now+1day', 'now-1hour', 'now + 1hour', 'now+2weeks', 'uts1900000000'],
      ...[
        'tomorrow',
        'today',
        'noon',
        'teatime',
        'noon tomorrow',
        'noontomorrow',
        '12:00-01/20/30',
        '4:00 pm',
        '4:00PM',
      ],
      ...[
        '16:00',
        '16:00:30',
        '2030-01-20',
        '2030-01-2',
        '2030-01-20T12:34',
        '2030-01-20T12:34:56',
        '2030-01-20 12:34',
      ],
      ...['1/20', '01/20/30', '01.20.30', '0120', '012030', '0120T12:00'],
    ],
    bad: [
      ...['', 'soon', 'now+', 'now+1h', 'now+30m', 'now+2d', 'now+60s', 'now+1month', 'noon+1hour', 'elevenses'],
      ...['25:00', '16:60', '16:00:60', '4pm', '2030-13-01', '2030-1-2', '2030-01-32', '01/20/2030', '01202030'],
      ...['2030', '2030-01-20T24:00', '2030-01-20T12:34Z', '2030-01-20T12:34:56.5'],
    ],
  },
  dependency: {
    good: [
      ...[
        'singleton',
        'afterok:1',
        'AFTEROK:1',
        'after:1+5',
        'afterok:1:2',
        'afterok:1,afterany:2',
        'afterok:1?afterany:2',
      ],
      ...['afterok:1_2', 'afterok:1_[1-3,5]', 'aftercorr:1', 'afterburstbuffer:1', '1', 'afterany:1,singleton', ''],
    ],
    bad: ['afterok', 'afterok:', 'afterok:a', 'foo:1', 'afterok:1;x', 'afterok:1,', 'afterok:1?afterany:2,after:3'],
  },
  gpus: { good: ['0', '1', 'a100:2', 'a100', 'a100:1,v100:1'], bad: ['', '-1', 'a100:x', 'a100:2:3', ':1', 'a100:'] },
  gres: {
    good: ['gpu', 'gpu:1', 'gpu:a100:2', 'none', 'gpu:1,shard:2', 'tmpfs:10G'],
    bad: ['', ':', 'gpu:', 'gpu::1', '-x'],
  },
  'mail-type': {
    good: ['END', 'end,fail', 'NONE', 'ALL', 'TIME_LIMIT_90', 'INVALID_DEPEND', 'ARRAY_TASKS', 'STAGE_OUT'],
    // sbatch takes END,FOO without a word, and sends no mail for FOO.
    bad: ['', 'FOO', 'END FAIL', 'END,FOO'],
  },
  mem: { good: ['0', '10', '10M', '1g', '1GB', '1K', '1T'], bad: ['', '1.5G', '10X', '-1', '1 G', 'G'] },
  nodes: { good: ['1', '01', '1-2', '1k', '1-1k', '1,2', '1-4:2'], bad: ['', '2-1', '1-', 'a', '1-2-3', '1.5', '-1'] },
  'open-mode': { good: ['append', 'a', 'APPEND', 'truncate', 't', 'trunc'], bad: ['', 'x', 'overwrite'] },
  signal: {
    good: [
      'USR1',
      'usr1',
      'SIGUSR1',
      'USR1@60',
      'USR1@',
      'B:USR1@60',
      'R:USR1',
      'RB:TERM@1',
      'BR:TERM',
      '10@65535',
      'XCPU',
    ],
    bad: ['', 'FOO', '0', 'B:', 'BB:TERM', 'B:R:TERM', '@60', 'USR1@70000', 'CHLD', 'SEGV', '-1'],
  },
  nice: { good: ['0', '5', '-5', '+5'], bad: ['1.5', 'a', '99999999999'] },
  time: {
    good: ['90', '1:30', '1:30:00', '1-12', '1-12:30', '1-12:30:10', '0', '-1', 'UNLIMITED', 'infinite', '1:90:99'],
    bad: ['', 'soon', '1.5', '90m', '1:', '1::2', '-', '1-2-3'],
  },
  'kill-on-invalid-dep': { good: ['yes', 'NO'], bad: ['', 'y', 'true', '1'] },
  comment: { good: ['', 'a b', "a'b", '$(x)', '日本語', '-rf'], bad: ['a\nb', 'a\0b'] },
};

function isValid(name: string, value: string): boolean {
  try {
    validateSbatchOption({ name, value });
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return false;
  }
}

describe('validateSbatchOption', () => {
  it.each(Object.entries(values))('--%s', (name, { good, bad }) => {
    expect(good.filter((value) => !isValid(name, value))).toEqual([]);
    expect(bad.filter((value) => isValid(name, value))).toEqual([]);
  });

  it('wants a value where sbatch does, and none where it does not', () => {
    for (const { name, kind, optional } of sbatchOptionTable) {
      const alone = () => validateSbatchOption({ name });
      if (kind === 'flag' || optional) expect(alone, name).not.toThrow();
      else expect(alone, name).toThrow(`--${name} has no value`);
      if (kind === 'flag') expect(() => validateSbatchOption({ name, value: 'x' })).toThrow('takes no value');
    }
  });

  it('quotes what is wrong and says what to write', () => {
    expect(() => validateSbatchOption({ name: 'time', value: '90m' })).toThrow(
      expect.objectContaining({
        message: '`90m` is no value for --time',
        hint: expect.stringContaining('minutes (90)'),
      }),
    );
    expect(() => validateSbatchOption({ name: 'mail-type', value: 'FIAL' })).toThrow(
      expect.objectContaining({ hint: 'Did you mean `FAIL`?' }),
    );
    expect(() => validateSbatchOption({ name: 'nods', value: '1' })).toThrow('sbatch has no option `--nods`');
    // Beginnings are for the parser; here a name is a name.
    expect(() => validateSbatchOption({ name: 'part', value: 'x' })).toThrow('sbatch has no option');
  });

  it('answers every value', () => {
    const name = fc.constantFrom(...sbatchOptionTable.map((spec) => spec.name));
    fc.assert(fc.property(name, fc.string(), (option, value) => void isValid(option, value)));
    // Long hostile values as well: none may make a pattern run wild.
    for (const { name: option } of sbatchOptionTable) isValid(option, `${'1-'.repeat(5_000)}x`);
  });
});
