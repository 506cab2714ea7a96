import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSbatchLetter, findSbatchOptions, sbatchOptionTable } from './sbatch-option-table.ts';
import { formatSbatchOptions, parseSbatchArgs } from './sbatch-options.ts';

describe('the table', () => {
  it('is sorted and has every name and letter once', () => {
    const names = sbatchOptionTable.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    const letters = sbatchOptionTable.flatMap(({ letter }) => letter ?? []);
    expect(new Set(letters).size).toBe(letters.length);
    const variables = sbatchOptionTable.flatMap(({ env }) => env ?? []);
    expect(new Set(variables).size).toBe(variables.length);
  });

  it.each([
    ['nodes', ['nodes']],
    ['part', ['partition']],
    // An exact name wins over names that begin with it.
    ['mem', ['mem']],
    ['gpus', ['gpus']],
    ['mem-b', ['mem-bind']],
    ['tasks-per-node', ['ntasks-per-node']],
    ['tasks', ['ntasks-per-node']],
    ['no', ['no-kill', 'no-requeue', 'nodefile', 'nodelist', 'nodes']],
    ['nope', []],
    ['', []],
  ])('--%s may mean %s', (name, expected) =>
    expect(findSbatchOptions(name).map((spec) => spec.name)).toEqual(expected),
  );

  it('knows letters by their case', () => {
    expect(findSbatchLetter('n')?.name).toBe('ntasks');
    expect(findSbatchLetter('N')?.name).toBe('nodes');
    expect(findSbatchLetter('Y')).toBeUndefined();
  });
});

describe('parseSbatchArgs', () => {
  it.each<[string[], [string, string?][], string[]]>([
    [['--nodes=2', 'x.sh', '--nodes=3'], [['nodes', '2']], ['x.sh', '--nodes=3']],
    [['--nodes', '2', 'x.sh'], [['nodes', '2']], ['x.sh']],
    [['-N', '2', 'x.sh'], [['nodes', '2']], ['x.sh']],
    [['-N2', 'x.sh'], [['nodes', '2']], ['x.sh']],
    [['-HN2'], [['hold'], ['nodes', '2']], []],
    [['-HN', '2'], [['hold'], ['nodes', '2']], []],
    [['--part=gpu'], [['partition', 'gpu']], []],
    // The next word is the value, whatever it looks like.
    [['--nodes', '--hold', 'x'], [['nodes', '--hold']], ['x']],
    // An optional value must stand in the same word.
    [['--exclusive', 'user'], [['exclusive']], ['user']],
    [['--exclusive=user', 'x'], [['exclusive', 'user']], ['x']],
    [['--comment='], [['comment', '']], []],
    [['--comment=a=b'], [['comment', 'a=b']], []],
    [['-J', 'a b', '--', '-x'], [['job-name', 'a b']], ['-x']],
    [['-', '--hold'], [], ['-', '--hold']],
    [[], [], []],
    [['-J日本語'], [['job-name', '日本語']], []],
  ])('reads %j', (argv, options, rest) => {
    const parsed = parseSbatchArgs(argv);
    expect(parsed.error).toBeUndefined();
    expect(parsed.options.map(({ name, value }) => (value === undefined ? [name] : [name, value]))).toEqual(options);
    expect(parsed.rest).toEqual(rest);
  });

  it.each<[string[], string, string | undefined, string[]]>([
    [['--hold', '--nods=2', 'x'], 'sbatch has no option `--nods`', 'Did you mean `--nodes`?', ['--nods=2', 'x']],
    [['-Y'], 'sbatch has no option `-Y`', undefined, ['-Y']],
    [['-HY'], 'sbatch has no option `-Y`', undefined, ['-HY']],
    [['--hold=1'], '--hold takes no value', 'Write --hold alone.', ['--hold=1']],
    [['--nodes'], '--nodes has no value', 'Write --nodes=VALUE.', ['--nodes']],
    [['-N'], '--nodes has no value', 'Write --nodes=VALUE.', ['-N']],
    [['--nod=1'], '`--nod` may mean --nodefile, --nodelist, --nodes', 'Write the name in full.', ['--nod=1']],
  ])('stops at %j', (argv, message, hint, rest) => {
    const { error, rest: left } = parseSbatchArgs(argv);
    expect(error?.message).toBe(message);
    if (hint !== undefined) expect(error?.hint).toBe(hint);
    expect(left).toEqual(rest);
  });

  it('never throws, and loses no word', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('-N', '--nodes', '--hold', '--', '-HN2', '--exclusive', '--mem=1'),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        const { rest } = parseSbatchArgs(argv);
        expect(argv.slice(argv.length - rest.length)).toEqual(rest);
      }),
    );
  });

  it('reads back what formatSbatchOptions writes', () => {
    const option = fc.constantFrom(...sbatchOptionTable).chain(({ name, kind, optional }) => {
      const valued = fc.string().map((value) => ({ name, value }));
      if (kind === 'flag') return fc.constant({ name });
      return optional ? fc.oneof(fc.constant({ name }), valued) : valued;
    });
    fc.assert(
      fc.property(fc.array(option), fc.array(fc.string()), (options, args) => {
        const parsed = parseSbatchArgs([...formatSbatchOptions(options), '--', ...args]);
        expect(parsed).toEqual({ options, rest: args });
      }),
    );
  });
});
