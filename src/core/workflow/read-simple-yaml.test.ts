import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { readTree } from './file-tree.ts';
import type { Problem } from './problems.ts';
import { readSimpleYaml } from './read-simple-yaml.ts';

/** What the real parser makes of it; `undefined` where it, or the reader of its tree, finds anything wrong. */
function readByParser(text: string): unknown {
  const options = { schema: 'core', prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;
  const document = parseDocument(text, options);
  const problems: Problem[] = [];
  const tree = readTree(document, problems);
  return [...document.errors, ...document.warnings, ...problems].length === 0 ? tree : undefined;
}

const simple = {
  'keys, lists and comments':
    '# c\nname: p\n\njobs:\n  # c\n  - name: a # c\n    command: echo a#b  \n\n  -   name: b\n      x: 1\n# c\n',
  'lists below the column of their key': 'jobs:\n- name: a\n  depends_on:\n  - b\n  - after:c\n- name: b\nname: p\n',
  'lists of values': 'a:\n  - 1\n  - [2, x]\n  - "y"\nb: []\nc: {}\n',
  'collections on one line': "a: {b: [1, 'it''s', \"q\"], c: { d: 10:00, e: x y , f: -1 } } # c\n",
  'numbers and other words':
    'a: [0.10, 1e-5, 0x1f, 0o17, -1, +2, .5, .inf, .nan, ~, null, true, False, yes, 1:30:00, 1.2.3]\nb: 007\n',
  'texts of several lines': 'a: |\n  one\n    two\n\n  # three\n\n\nb:\n  - c: |-\n      one\n\n  - d: x\n',
  'characters of all kinds': 'a: 日本 $(x) \\n it\'s\nb: "日本 # {"\nc: --flag=1\n',
};

describe('what it accepts', () => {
  it.each(Object.entries(simple))('is read as by the real parser: %s', (_, text) => {
    const tree = readSimpleYaml(text);
    expect(tree).toBeDefined();
    expect(tree).toEqual(readByParser(text));
  });

  it('is read as by the real parser, whatever stands where', () => {
    const random = createRandom(1);
    let accepted = 0;
    for (let round = 0; round < 4_000; round += 1) {
      const text = randomText(random);
      const tree = readSimpleYaml(text);
      if (tree === undefined) continue;
      accepted += 1;
      expect(tree, JSON.stringify(text)).toEqual(readByParser(text));
    }
    expect(accepted).toBeGreaterThan(400);
  });
});

describe('what it leaves to the real parser', () => {
  it.each([
    ['anchors', 'a: &x 1\nb: *x\n'],
    ['tags', 'a: !!str 1\n'],
    ['merge keys', 'a:\n  <<: {b: 1}\n'],
    ['keys that stand twice', 'a: 1\na: 2\n'],
    ['values that go on', 'a: one\n  two\n'],
    ['templates without quotes', 'a: {{ b }}\n'],
    ['a colon in a value', 'a: b: c\n'],
    ['a key below nothing', 'a: 1\n  b: 2\n'],
    ['tabs', 'a:\tb\n'],
    ['a second document', 'a: 1\n---\nb: 2\n'],
    ['folded texts', 'a: >\n  b\n'],
    ['keys without a value', 'a:\nb: 1\n'],
    ['a list at the top', '- a\n'],
    ['no end of the last line', 'a: 1'],
    ['nothing', '\n'],
  ])('%s', (_, text) => {
    expect(readSimpleYaml(text)).toBeUndefined();
  });
});

const beginnings = ['a: ', 'jobs:\n  - name: ', 'a:\n- b: ', 'k: |\n  '];
const parts =
  "a|b|x-y|: |:| |  |    |\n|\n  |\n    |\n- |\n  - |- |-|[|]|{|}|, |,|\"|'|''| #c|#|1|0.10|1e-5|~|null|-1|--f|<<|&a |*a|\na: |\n  c: |\n  - d: |\n    e: |---|?|% |\n #x".split(
    '|',
  );
parts.push('|\n', '|-\n');

function randomText(random: (below: number) => number): string {
  const count = 1 + random(12);
  const chosen = Array.from({ length: count }, () => parts[random(parts.length)]);
  return `${beginnings[random(beginnings.length)]}${chosen.join('')}\n`;
}

/** The same numbers in each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(state / 65_536) % below;
  };
}
