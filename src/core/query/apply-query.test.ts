import { describe, expect, it } from 'vitest';
import { applyQuery } from './apply-query.ts';
import { parseQuery } from './parse-query.ts';

const jobs = [
  { id: '12', name: 'train', gpus: 4, tags: ['a', 'b'], at: '2030-01-02T00:00:00Z', 'exit code': 0 },
  { id: '9', name: '日本語', gpus: 0, tags: [], at: null, 'exit code': null },
  { id: '10_3', name: "it's", gpus: 2, tags: ['c'], at: '2029-12-31T23:00:00Z', 'exit code': 1 },
];
const run = {
  name: 'pipe',
  jobs: { a: { state: 'done' }, b: { state: 'lost' } },
  deep: [[1, [2]], [3], 4],
  none: null,
};

const ask = (text: string, document: unknown = jobs) => applyQuery(parseQuery(text), document);

describe('an expression', () => {
  it.each<[string, unknown]>([
    ['@', jobs],
    ['[0].id', '12'],
    ['[-1].id', '10_3'],
    ['[7].id', null],
    ['[].id', ['12', '9', '10_3']],
    ['[*].at', ['2030-01-02T00:00:00Z', '2029-12-31T23:00:00Z']],
    ['[:2].id', ['12', '9']],
    ['[::-1].id', ['10_3', '9', '12']],
    ['[5:0:-2].id', ['10_3']],
    ['[-9:9].id | length(@)', 3],
    ['[*].tags[]', ['a', 'b', 'c']],
    ['[].tags[0]', ['a', 'c']],
    ['[].tags | [0]', ['a', 'b']],
    ['[].tags[].length(@)', [1, 1, 1]],
    ['[?gpus > `1`].id', ['12', '10_3']],
    ['[?gpus >= `2` && gpus != `4`].id', ['10_3']],
    ["[?at > '2030'].id", ['12']],
    ['[?!at].id', ['9']],
    ['[?tags].id', ['12', '10_3']],
    ['[?"exit code"].id', ['12', '10_3']],
    ["[?name == 'it\\'s'].id", ['10_3']],
    ["[?contains(tags, 'a') || name == '日本語'].id", ['12', '9']],
    ['[?tags == `["c"]`].id', ['10_3']],
    ['[0].{id: id, "the gpus": gpus, none: nothing}', { id: '12', 'the gpus': 4, none: null }],
    [
      '[].[id, gpus]',
      [
        ['12', 4],
        ['9', 0],
        ['10_3', 2],
      ],
    ],
    ['[0].name.x', null],
    ['[0].at || [1].at', '2030-01-02T00:00:00Z'],
    ['[1].gpus && `1`', 1],
    ['[1].at == `null`', true],
    ['`{"a": [1]}`.a[0]', 1],
    ["'raw \\ text'", 'raw \\ text'],
    ['sum([].gpus)', 6],
    ['avg([].gpus)', 2],
    ['max([].gpus)', 4],
    ['min([].id)', '10_3'],
    ['max(`[]`)', null],
    ['avg(`[]`)', null],
    ['sort_by(@, &gpus)[].id', ['9', '10_3', '12']],
    ['sort([].id)', ['10_3', '12', '9']],
    ['max_by(@, &gpus).id', '12'],
    ['min_by(@, &gpus).id', '9'],
    ['min_by(`[]`, &gpus)', null],
    ['map(&at, @)', ['2030-01-02T00:00:00Z', null, '2029-12-31T23:00:00Z']],
    ['length([1].name)', 3],
    ['reverse([1].name)', '語本日'],
    ["join(' ', [].id)", '12 9 10_3'],
    ['keys([0].{b: id, a: id})', ['b', 'a']],
    ['values([0].{b: id, a: gpus})', ['12', 4]],
    ['merge([0].{a: id}, {a: `1`, b: `2`})', { a: 1, b: 2 }],
    ['not_null([1].at, [0].at)', '2030-01-02T00:00:00Z'],
    ['not_null([1].gpus, `5`)', 0],
    ['to_string([0].tags)', '["a","b"]'],
    ["to_number('1e3')", 1000],
    ["to_number('')", null],
    ["to_number('0x10')", null],
    ["to_array('a')", ['a']],
    [
      '[type(@), type([0]), type([0].id), type([0].gpus), type([1].at)]',
      ['array', 'object', 'string', 'number', 'null'],
    ],
    [
      "[starts_with('abc', 'ab'), ends_with('abc', 'ab'), contains('abc', 'b'), contains('abc', `1`)]",
      [true, false, true, false],
    ],
    ['[abs(`-1.5`), ceil(`1.2`), floor(`-1.2`)]', [1.5, 2, -2]],
    ["'a' < `1`", null],
    ['gpus', null],
    ['[]\n| [0]\t.id', '12'],
  ])('%s', (text, expected) => expect(ask(text)).toEqual(expected));

  it.each<[string, unknown]>([
    ['jobs.*.state', ['done', 'lost']],
    ['*.a', [{ state: 'done' }]],
    ['deep[]', [1, [2], 3, 4]],
    ['deep[][]', [1, 2, 3, 4]],
    ['none[]', null],
    ['none.{a: b}', null],
    ['{a: none.b}', { a: null }],
    ['name[0]', null],
    ['constructor', null],
    ['__proto__', null],
    ['toString.name', null],
  ])('of an object: %s', (text, expected) => expect(ask(text, run)).toEqual(expected));

  it('never reaches what is no data, and makes keys of any name', () => {
    expect(JSON.stringify(ask('{"__proto__": `{"x": 1}`}', run))).toBe('{"__proto__":{"x":1}}');
    expect(JSON.stringify(ask('merge(`{"__proto__": {"x": 1}}`, `{}`)'))).toBe('{"__proto__":{"x":1}}');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('leaves the document as it is', () => {
    const before = structuredClone(jobs);
    ask('[sort_by(@, &gpus), reverse(@), merge([0], [1]), sort([].id)]');
    expect(jobs).toEqual(before);
  });
});

describe('a function that is given the wrong thing', () => {
  it.each([
    ['sum([].name)', 'position 1: sum takes a list of numbers here, not a list with a text'],
    ['sum(map(&at, @))', 'position 1: sum takes a list of numbers here, not a list with a text'],
    [
      'max(map(&"exit code", @))',
      'position 1: max takes a list of numbers or a list of texts here, not a list with null',
    ],
    ['[].length(gpus)', 'position 4: length takes a text or a list or an object here, not a number'],
    ['sort_by(@, &at)', 'position 1: sort_by orders by numbers or by texts, but one element has null'],
    ["'日本' | keys(@)", 'position 8: keys takes an object here, not a text'],
  ])('%s', (text, message) => {
    expect(() => ask(text)).toThrow(`--query \`${text}\` fails at ${message}`);
  });
});

describe('an expression that makes too much', () => {
  const often = (part: string, count: number, between = ' | ') => Array<string>(count).fill(part).join(between);

  it.each([
    ['lists', often('[@,@][]', 300)],
    ['lists within lists', often('[@,@]', 300)],
    ['objects', often('{a:@,b:@}', 300)],
    ['texts', `'ab' | ${often("join('', [@,@])", 60)}`],
    ['JSON as text', `${often('[@,@]', 60)} | to_string(@)`],
    ['nested projections', `[*]${often('.[@,@,@,@,@,@,@,@][*]', 30, '')}`],
    ['sorting', `sort_by(${often('[@,@][]', 40)}, &name)`],
  ])('is stopped in time: %s', (_, text) => {
    const query = parseQuery(text);
    const limits = { steps: 200_000, characters: 2_000_000 };
    expect(() => applyQuery(query, jobs, limits)).toThrow('makes too much of what it is given');
  });

  it('within seconds, with the limits as they are', () => {
    expect(() => ask(often('[@,@][]', 300))).toThrow('makes too much of what it is given');
    expect(() => ask(often('[@,@]', 300))).toThrow('makes too much of what it is given');
  });

  it('but a large table is not too much', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({ ...jobs[index % 3], index }));
    expect(ask('length([?gpus > `1`].{a: id, b: name, c: gpus, d: tags, e: at, f: index})', many)).toBe(33_333);
    expect(ask('sort_by(@, &index)[-1].index', many)).toBe(49_999);
  });
});
