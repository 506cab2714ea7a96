import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insertVariables, variableMark } from './insert-variables.ts';

const V = variableMark('v');

function inserted(text: string): string {
  const done = insertVariables(text);
  return 'text' in done ? done.text : done.fault;
}

describe('insertVariables', () => {
  it.each([
    ['plain text', 'plain text'],
    [`echo ${V}`, 'echo "$v"'],
    [`echo a${V}b`, 'echo a"$v"b'],
    [`echo "a ${V} b"`, 'echo "a ${v} b"'],
    [`echo 'a ${V} b'`, `echo 'a '"$v"' b'`],
    [`echo "$(cat ${V})" ${V}`, 'echo "$(cat "$v")" "$v"'],
    [`echo "$(cat "x${V}")"`, 'echo "$(cat "x${v}")"'],
    [`(echo ${V}); echo "${V}"`, '(echo "$v"); echo "${v}"'],
    [`echo \\" ${V}`, 'echo \\" "$v"'],
    [`echo "\\"${V}"`, 'echo "\\"${v}"'],
    [`# don't\necho ${V}`, `# don't\necho "$v"`],
    [`echo a#'${V}'`, `echo a#''"$v"''`],
    [`true # ${V}\necho ${V}`, 'true # $v\necho "$v"'],
    [`cat <<< ${V}`, 'cat <<< "$v"'],
    [`echo \\${V}`, 'echo \\"$v"'],
  ])('%j becomes %j', (text, expected) => expect(inserted(text)).toBe(expected));

  it('refuses here-documents, where quotes would be printed', () => {
    expect(inserted(`cat <<EOF\n${V}\nEOF`)).toContain('here-document');
    expect(inserted(`echo ${V}; cat <<EOF\nx\nEOF`)).toBe('echo "$v"; cat <<EOF\nx\nEOF');
  });

  it('gives one word with any value, in a real shell', () => {
    const value = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).filter((text) => !text.includes('\0'));
    const around = fc.constantFrom(
      ...[`printf '<%s>' ${V}`, `printf '<%s>' "${V}"`, `printf '<%s>' ''${V}''`, `printf "<%s>" "$(printf %s ${V}x)"`],
      ...[`printf '<%s>' "$(printf '%s' "${V}x")"`, `x=${V}; printf '<%s>' "$x"`],
    );
    fc.assert(
      fc.property(around, value, (text, v) => {
        const { stdout } = spawnSync('bash', ['-c', inserted(text)], {
          env: { v, PATH: '/usr/bin:/bin' },
          encoding: 'utf8',
        });
        expect(stdout).toBe(
          `<${v}${text.includes('x)') || text.includes('x"') ? (text.startsWith('x=') ? '' : 'x') : ''}>`,
        );
      }),
      { numRuns: 60 },
    );
  });
});
