import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directiveJobName, directiveLines, parseDirectives, readDirectives } from './script-directives.ts';

/** The last comment and wckey of a script whose head is this text; `refused` where sbatch refuses it. */
function read(head: string): { comment?: string; wckey?: string } | 'refused' {
  const { options, problems } = readDirectives(`#!/bin/sh\n${head}\nhostname\n`);
  if (problems.length > 0) return 'refused';
  const last = (name: string) => options.findLast((option) => option.name === name)?.value;
  const [comment, wckey] = [last('comment'), last('wckey')];
  return { ...(comment === undefined ? {} : { comment }), ...(wckey === undefined ? {} : { wckey }) };
}

/** Each answer is that of sbatch 22.05.8, told by `sbatch -vv --test-only`. */
describe('directives', () => {
  it.each([
    ['#SBATCH --comment="a b"', { comment: 'a b' }],
    ["#SBATCH --comment='a b'", { comment: 'a b' }],
    ['#SBATCH --comment="a\\"b"', { comment: 'a"b' }],
    ["#SBATCH --comment='a\\'b'", { comment: "a'b" }],
    ['#SBATCH --comment=a"b c"d', { comment: 'ab cd' }],
    ['#SBATCH --comment "x y"', { comment: 'x y' }],
    ['#SBATCH --comment=a#b', { comment: 'a' }],
    ['#SBATCH --comment="a#b"', { comment: 'a#b' }],
    ['#SBATCH --comment=a # tail', { comment: 'a' }],
    ['#SBATCH --comment=a\\\\b', { comment: 'a\\b' }],
    ['#SBATCH --comment="a\\nb"', { comment: 'anb' }],
    ['#SBATCH --comment=$HOME', { comment: '$HOME' }],
    ['#SBATCH --comment=a&b|c>d', { comment: 'a&b|c>d' }],
    ['#SBATCH --comment={a,b}', { comment: '{a,b}' }],
    ['#SBATCH --comment=日本語', { comment: '日本語' }],
    ['#SBATCH --commen=abbreviated', { comment: 'abbreviated' }],
    ['#SBATCH --comment\n#SBATCH next', { comment: 'next' }],
    ['#SBATCH --comment=one\n#SBATCH --comment=two', { comment: 'two' }],
    ['#SBATCH   --comment=a\t--wckey=k', { comment: 'a', wckey: 'k' }],
    ['#SBATCH -Hn2 --comment=a', { comment: 'a' }],
    ['#SBATCH "" --comment=a', {}],
    ['#SBATCH #x --comment=a', {}],
    ['#SLURM --comment=a', { comment: 'a' }],
    [' #SBATCH --comment=a', {}],
    ['# SBATCH --comment=a', {}],
    ['#sbatch --comment=a', {}],
    ['##SBATCH --comment=a', {}],
    ['\n   \n   # talk\n#SBATCH --comment=a', { comment: 'a' }],
    ['echo x\n#SBATCH --comment=a', {}],
    ['#SBATCH --comment=a b', 'refused'],
    ['#SBATCH bar', 'refused'],
    ['#SBATCH --comment="a', 'refused'],
    ["#SBATCH --comment=a'b", 'refused'],
    ['#SBATCH --comment=a : b', 'refused'],
    ['#SBATCH --nope=1 --comment=x', 'refused'],
    ['#SBATCH --com=ambiguous', { comment: 'ambiguous' }],
    ['#SBATCH --c=ambiguous', 'refused'],
  ])('reads %j as sbatch does', (head, expected) => expect(read(head)).toEqual(expected));

  it('goes on behind what it cannot read, and says where that was', () => {
    const { options, problems } = readDirectives('#!/bin/sh\n#SBATCH --nods=2 -n 3\n\n#SBATCH stray -c4\n:\n');
    expect(options).toEqual([
      { name: 'ntasks', value: '3' },
      { name: 'cpus-per-task', value: '4' },
    ]);
    expect(problems.map(({ line, kind }) => [line, kind])).toEqual([
      [2, 'unknownOption'],
      [4, 'unreadable'],
    ]);
  });

  it('reads a heterogeneous job up to its second component', () => {
    const script = '#!/bin/sh\n#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n2\n';
    expect(parseDirectives(script)).toEqual([{ name: 'ntasks', value: '1' }]);
  });

  it('does not mind Windows line ends', () => {
    expect(parseDirectives('#!/bin/sh\r\n#SBATCH -J a\r\n')).toEqual([{ name: 'job-name', value: 'a' }]);
  });

  it('finds the last name', () => {
    expect(directiveJobName('#!/bin/sh\n#SBATCH -Ja\n#SBATCH --job-name b\n')).toBe('b');
    expect(directiveJobName('#!/bin/sh\necho\n#SBATCH -Ja\n')).toBeUndefined();
  });

  it('keeps every line that a scheduler reads, as it stands', () => {
    const head = ['#SBATCH -n2  # two', '#PBS -l x', '#BSUB -x', '#DW jobdw', '#BB create', '#SLURM -c3'];
    const script = `#!/bin/sh\n# talk\n${head.join('\n')}\necho\n#SBATCH -n9\n`;
    expect(directiveLines(script)).toEqual(head);
  });

  it('never throws, and a quoted value comes back whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => void readDirectives(`#!/bin/sh\n#SBATCH ${text}\n`)),
    );
    const value = fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        const quoted = text.replaceAll(/[\\"]/g, '\\$&');
        expect(read(`#SBATCH --comment="${quoted}"`)).toEqual({ comment: text });
      }),
    );
  });
});
