import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../errors.ts';
import { childNode, type FileNode, offsetOf } from './file-tree.ts';
import { readWorkflowFile } from './workflow-file.ts';

/** As plain values. */
function plain(node: FileNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
}

const read = (text: string) => plain(readWorkflowFile(text, 'flow.yaml'));

function failure(text: string): ConfigError {
  try {
    readWorkflowFile(text, 'flow.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the file should have been refused');
}

describe('YAML 1.2', () => {
  it.each([
    ['a: no', { a: 'no' }],
    ['a: 1:30:00', { a: '1:30:00' }],
    ['a: 010', { a: 10 }],
    ['a: 0o10', { a: 8 }],
    ['a: 2024-01-02', { a: '2024-01-02' }],
    ['a: 1e-5', { a: 1e-5 }],
    ['a:', { a: null }],
    ['a: ~', { a: null }],
    ['a: !!str 1', { a: '1' }],
    ['a: |\n  x\n  y\n', { a: 'x\ny\n' }],
    ['a: >-\n  x\n  y\n', { a: 'x y' }],
    ['"a b": 1\n3: 2', { 'a b': 1, '3': 2 }],
    ['\u{feff}a: 1', { a: 1 }],
    ['%YAML 1.1\n---\na: no', { a: 'no' }],
    ['a: &x 1\nb: *x', { a: 1, b: 1 }],
    ['a: &x {k: 1}\nb: {<<: *x, l: 2}', { a: { k: 1 }, b: { l: 2, k: 1 } }],
    ['a: &x {k: 1}\nb: {k: 2, <<: *x}', { a: { k: 1 }, b: { k: 2 } }],
    ['a: &x {k: 1}\nb: {<<: *x, k: 2}', { a: { k: 1 }, b: { k: 2 } }],
    ['a: &x {k: 1, l: 1}\nb: &y {k: 2}\nc: {<<: [*y, *x]}', { a: { k: 1, l: 1 }, b: { k: 2 }, c: { k: 2, l: 1 } }],
    ['a: {"<<": 1}', { a: { '<<': 1 } }],
    ['__proto__: {a: 1}\nconstructor: 2', JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}')],
  ])('%j', (text, expected) => expect(read(text)).toEqual(expected));

  it.each([
    ['0.10', '0.10'],
    ['1e-5', '1e-5'],
    ['True', 'True'],
    ['0x1F', '0x1F'],
    ['12345678901234567890', '12345678901234567890'],
    ['~', '~'],
    ['', ''],
    ['"0.10"', '0.10'],
    ['plain', 'plain'],
  ])('keeps how %s was written', (written, text) => {
    expect(childNode(readWorkflowFile(`a: &x ${written}\nb: *x`, 'flow.yaml'), 'b')).toMatchObject({ text });
  });

  it('reads what a YAML library writes', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    // The library writes this key as it is, and so it means a merge to whoever reads merges.
    const key = fc.string().filter((text) => text !== '<<');
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 3 }), (root) => {
        expect(read(stringify(root))).toEqual(root);
      }),
      { numRuns: 200 },
    );
  });

  it('lets ten thousand jobs share an anchor', () => {
    const jobs = Array.from({ length: 10_000 }, (_, index) => `- {name: j${index}, <<: *d}`).join('\n');
    const root = readWorkflowFile(`x-d: &d {nodes: 2}\njobs:\n${jobs}`, 'flow.yaml');
    expect(childNode(root, 'jobs')).toMatchObject({ items: { length: 10_000 } });
  });
});

describe('a file that is no workflow', () => {
  it.each([
    ['', 'flow.yaml: the file is empty', undefined],
    ['# nothing\n', 'flow.yaml: the file is empty', undefined],
    ['- a\n', 'flow.yaml: the file must be a mapping with the key `jobs`', undefined],
    ['text', 'flow.yaml: the file must be a mapping with the key `jobs`', undefined],
    ['a: 1\na: 2\n', 'flow.yaml:2:1: the key `a` stands here twice', '    a: 2'],
    ['a: {b: 1,\n  b: 2}\n', 'flow.yaml:2:3: the key `b` stands here twice', '    b: 2}'],
    ['1: a\n"1": b\n', 'flow.yaml:2:1: the key `1` stands here twice', '    "1": b'],
    ['a:\n\t- b\n', 'flow.yaml:2:1: YAML: Tabs are not allowed as indentation', '    - b'],
    ['a: [1,\n', 'flow.yaml:2:1: YAML: Flow sequence in block collection', undefined],
    ['a: b: c\n', 'flow.yaml:1:4: YAML: Nested mappings are not allowed in compact mappings', '    a: b: c'],
    ['a:\n  b: 1\n c: 2\n', 'flow.yaml:3:1: YAML: All mapping items must start at the same column', '    c: 2'],
    ['a: @x\n', 'flow.yaml:1:4: YAML: Plain value cannot start with reserved character @', '    a: @x'],
    ['a: 1\n---\nb: 2\n', 'flow.yaml:2:1: YAML: the file holds more than one document', '    ---'],
    ['a: !!python/object 1\n', 'flow.yaml:1:4: YAML: Unresolved tag', '    a: !!python/object 1'],
    ['a: !Ref x\n', 'flow.yaml:1:4: YAML: Unresolved tag: !Ref', '    a: !Ref x'],
    ['a: *x\n', 'flow.yaml:1:4: there is no anchor `&x` above', '    a: *x'],
    ['a: &x [*x]\n', 'flow.yaml:1:8: `*x` stands inside of what it names', '    a: &x [*x]'],
    ['a: &x {<<: *x}\n', 'flow.yaml has 2 problems', expect.stringContaining('flow.yaml:1:12: `*x` stands inside')],
    ['<<: 3\n', 'flow.yaml:1:5: `<<` must name a mapping, or a list of mappings', '    <<: 3'],
    ['? [a]\n: b\n', 'flow.yaml:1:3: a key must be text, not a list or a mapping', '    ? [a]'],
    ['a: {{ x }}\n', 'flow.yaml:1:5: a key must be text, not a list or a mapping', '    a: {{ x }}'],
  ])('%j', (text, message, detail) => {
    const error = failure(text);
    expect(error.message).toContain(message);
    expect(error.detail).toEqual(detail);
    expect(error).toMatchObject({ code: 'workflow.invalid', exitCode: 2 });
  });

  it.each([
    ['a:\n\t- b\n', 'Indent with spaces.'],
    ['a: b: c\n', 'Put a value that contains `: ` into quotes'],
    ['a: {{ x }} y\n', 'Put a value that begins with `{{` into quotes.'],
    ['a:\n  - {{ x }}\n', 'Put a value that begins with `{{`, `{` or `[` into quotes.'],
    ['a: 1\n---\nb: 2\n', 'Remove the line `---`'],
    ['a: "x\n', 'Correct the indentation or the quotes of this line.'],
  ])('%j: what to do', (text, hint) => expect(failure(text).hint).toContain(hint));

  it.each([
    `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    `a: ${'{b: '.repeat(5_000)}`,
    Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  ])('%.20s… is nested too deeply', (text) => expect(failure(text).message).toBe('flow.yaml is nested too deeply'));

  it('is nested deeper than any workflow', () => {
    const text = `a: ${'['.repeat(70)}${']'.repeat(70)}`;
    expect(failure(text).message).toBe('flow.yaml:1:67: more than 64 levels of nesting');
  });

  it('multiplies its aliases', () => {
    const letters = [...'abcdefghijklmnop'];
    const lines = letters.map((letter, index) => {
      const before = letters[index - 1];
      return `${letter}: &${letter} [${Array(9)
        .fill(before === undefined ? 'ha' : `*${before}`)
        .join(', ')}]`;
    });
    expect(failure(lines.join('\n')).message).toBe('flow.yaml: aliases multiply to more than 1000000 values');
  });
});

describe('offsetOf', () => {
  const text = 'a: {b: [1, {c: 2}]}\nd: &x {e: 3}\nf: *x\n';
  const root = readWorkflowFile(text, 'flow.yaml');
  it.each([
    [['a', 'b', 1, 'c'], {}, '2}'],
    [['a', 'b', 1, 'c'], { atKey: true }, 'c: 2'],
    [['a', 'b', 0], { atKey: true }, '1, '],
    [['a', 'b', 7], {}, '[1,'],
    [['nope'], { atKey: true }, 'a: {'],
    [[], {}, 'a: {'],
    [['f', 'e'], {}, '3}'],
  ])('%j %j', (path, options, begins) => {
    expect(text.slice(offsetOf(root, path, options)).startsWith(begins)).toBe(true);
  });
});
