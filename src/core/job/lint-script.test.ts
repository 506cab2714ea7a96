import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintScript } from './lint-script.ts';

function found(script: string): string[] {
  return lintScript(script).map(
    ({ severity, code, line }) => `${severity} ${code}${line === undefined ? '' : ` ${line}`}`,
  );
}

describe('lintScript', () => {
  it.each([
    ['a sound script', '#!/bin/bash\n#SBATCH --nodes=2 # two\n\necho hello\n', []],
    ['an interpreter behind blanks', '#! /bin/sh -e\n:\n', []],
    ['a script without a final line end', '#!/bin/sh\n:', []],
    ['nothing', '', ['error script.empty']],
    ['only blanks', ' \n\t\n', ['error script.empty']],
    ['no interpreter', 'echo hello\n', ['error script.no_interpreter 1']],
    ['an interpreter on line 2', '\n#!/bin/sh\n:\n', ['error script.no_interpreter 1']],
    ['a byte order mark', '\ufeff#!/bin/sh\n:\n', ['error script.no_interpreter 1']],
    ['a relative interpreter', '#!python3\n:\n', ['error script.interpreter 1']],
    ['an empty interpreter', '#!\n:\n', ['error script.interpreter 1']],
    ['Windows line ends', '#!/bin/sh\n:\r\n', ['error script.crlf 2']],
    ['NUL', '#!/bin/sh\necho \0\n', ['error script.nul']],
    ['an unknown option', '#!/bin/sh\n\n#SBATCH --nods=2\n:\n', ['warning script.unknown_option 3']],
    ['a value with a blank', '#!/bin/sh\n#SBATCH --job-name=a b\n:\n', ['error script.directive 2']],
    ['an open quote', '#!/bin/sh\n#SBATCH --job-name="a b\n:\n', ['error script.directive 2']],
    [
      'a heterogeneous job',
      '#!/bin/sh\n#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n2\n:\n',
      ['warning script.heterogeneous 3'],
    ],
    ['a late directive', '#!/bin/sh\necho\n#SBATCH -n2\n', ['warning script.late_directive 3']],
    ['a directive with a space', '#!/bin/sh\n# SBATCH -n2\n:\n', ['warning script.malformed_directive 2']],
    ['an indented directive', '#!/bin/sh\n  #SBATCH -n2\n:\n', ['warning script.malformed_directive 2']],
    ['a directive in lower case', '#!/bin/sh\n# sbatch -n2\n:\n', ['warning script.malformed_directive 2']],
    ['talk about directives', '#!/bin/sh\n# SBATCH lines follow\n:\n#SBATCH is over\n', []],
  ])('finds what is wrong in %s', (_, script, expected) => expect(found(script)).toEqual(expected));

  it('says what sbatch will say of a large one', () => {
    expect(found(`#!/bin/sh\n${'#'.repeat(4 * 1024 * 1024)}\n`)).toEqual(['warning script.large']);
  });

  it('suggests the option that was meant', () => {
    expect(lintScript('#!/bin/sh\n#SBATCH --tiem=5\n')[0]?.hint).toBe('Did you mean `--time`?');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => void lintScript(text)));
    fc.assert(fc.property(fc.string(), (text) => void lintScript(`#!/bin/sh\n#SBATCH ${text}`)));
  });
});
