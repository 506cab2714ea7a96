import { describe, expect, it } from 'vitest';
import { mergeLayers, problemsOf, valuesBelow, withoutRisk } from './config.ts';
import { configKeys, findNode, formatKey, parseKey } from './config-schema.ts';
import { readConfigFile, readConfigVariables } from './read-config.ts';

function read(content: unknown) {
  return readConfigFile(JSON.stringify(content, null, 2), 'f.json');
}

describe('a configuration file', () => {
  it.each([
    [{ resources: { nodes: 2 } }, [['resources.nodes', 2]]],
    [{ resources: { nodes: '2' } }, [['resources.nodes', '2']]],
    [{ resources: null, log_dir: null }, [['log_dir', null]]],
    [{ $schema: 'x', '//': 'y', '// log_dir': 1, resources: { '//nodes': 1 } }, []],
    [{ environment: { env_vars: { A: '1' } } }, [['environment.env_vars.A', '1']]],
    [{ profiles: { 'a.b': { port: 22 } } }, [['profiles."a.b".port', 22]]],
    [{ sync: { auto: false } }, [['sync.auto', false]]],
  ])('reads %j', (content, expected) => {
    const { entries, problems } = read(content);
    expect(entries.map(({ path, value }) => [formatKey(path), value])).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it.each([
    [{ resources: { nodes: 0 } }, 'f.json:3', 'resources.nodes: expected a whole number from 1', undefined],
    [{ resources: { nodes: 1.5 } }, 'f.json:3', 'resources.nodes: expected a whole number from 1', undefined],
    [{ resources: [] }, 'f.json:2', 'resources: expected an object', undefined],
    [
      { resources: { time_limit: 'soon' } },
      'f.json:3',
      'resources.time_limit: expected a time limit such as 90, 2:00:00 or 1-12',
      undefined,
    ],
    [
      { resources: { memory_per_node: '1.5G' } },
      'f.json:3',
      'resources.memory_per_node: expected an amount of memory such as 32G',
      undefined,
    ],
    [
      { environment: { container: { mounts: [1] } } },
      'f.json:4',
      'environment.container.mounts: expected a list of texts',
      undefined,
    ],
    [
      { profiles: { p: { mounts: [5] } } },
      'f.json:4',
      'profiles.p.mounts: expected a list of {name, local, remote, exclude_patterns}, with a remote path that begins with /',
      undefined,
    ],
    [{ log_dir: 'a\nb' }, 'f.json:2', 'log_dir: expected text in one line', undefined],
    [{ sync: { auto: 'yes' } }, 'f.json:3', 'sync.auto: expected true or false', undefined],
    [{ a: 1, resorces: {} }, 'f.json:3', 'resorces is no key of srunx', 'Did you mean `resources`?'],
    [
      { environment: { env_vars: { SLURM_X: '1' } } },
      'f.json:4',
      'environment.env_vars.SLURM_X: `SLURM_X` is no name of a variable: letters, digits and _, not beginning with a digit, SLURM_ or SBATCH_',
      undefined,
    ],
  ])('says where what is wrong with %j, and keeps the rest', (content, place, message, hint) => {
    const { entries, problems } = read({ ...content, qos: 'kept' });
    expect(problems.at(-1)).toMatchObject({ place, message });
    expect(problems.at(-1)?.hint).toBe(hint);
    expect(entries.map(({ value }) => value)).toEqual(['kept']);
  });

  it.each(['{', '[]', '"x"', '{"a":1,}', '// c\n{}'])('that is no JSON object is a problem as a whole: %s', (text) => {
    const { entries, problems } = readConfigFile(text, 'f.json');
    expect(entries).toEqual([]);
    expect(problems).toMatchObject([{ place: 'f.json', severity: 'error' }]);
    // Nobody knows what stood in it, so nothing may rely on it.
    expect(problemsOf(mergeLayers([{ entries, problems }]), 'sync')).toHaveLength(1);
  });

  it.each([
    ['{"qos": "a",\n"qos": "b"}', 'f.json:2', 'qos is given twice, in lines 1 and 2; the last one counts'],
    ['{"qos": "a", "qos": "b"}', 'f.json:1', 'qos is given twice, in line 1; the last one counts'],
    ['{"qos": "a",\n"qos":\n1,\n"qos": "b"}', 'f.json:4', 'qos is given 3 times, in lines 1 and 2 and 4; the last'],
    [
      '{"sync": {"auto": false,\n"auto": true,\n"auto": false}, "qos": "b"}',
      'f.json:3',
      'sync.auto is given 3 times, in lines 1 and 2 and 3; the last one counts',
    ],
  ])('with a key that is given twice says so, and goes by the last one: %s', (text, place, message) => {
    const { entries, problems } = readConfigFile(text, 'f.json');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ place, severity: 'warning', hint: 'Keep one of them.' });
    expect(problems[0]?.message.slice(0, message.length)).toBe(message);
    expect(entries.at(-1)?.value).toBe('b');
  });

  it('with a group that is given twice goes by the last one alone, as any reader of JSON, and knows its lines', () => {
    const text = '\ufeff{"resources": {"nodes": 1, "partition": "a"},\n"//": 1, "//": 2,\n"resources": {\n"nodes": 2}}';
    const { entries, problems } = readConfigFile(text, 'f.json');
    expect(entries).toMatchObject([{ path: ['resources', 'nodes'], value: 2, origin: { line: 4 } }]);
    expect(problems).toMatchObject([{ place: 'f.json:3', path: ['resources'] }]);
  });

  it('may be empty', () => {
    expect(readConfigFile('\n', 'f.json')).toEqual({ entries: [], problems: [] });
    expect(readConfigFile('\ufeff{"qos": "x"}', 'f.json').entries).toHaveLength(1);
  });
});

describe('layers', () => {
  const low = read({
    resources: { nodes: 1, partition: 'a' },
    environment: { env_vars: { A: '1', B: '1' } },
    modules: ['x', 'y'],
  });
  const high = read({ resources: { partition: null }, environment: { env_vars: { B: '2' } }, modules: ['z'] });

  it('merge key by key; lists replace, and null means none', () => {
    const config = mergeLayers([low, high]);
    expect(valuesBelow(config)).toEqual({
      resources: { nodes: 1 },
      environment: { env_vars: { A: '1', B: '2' } },
      modules: ['z'],
    });
    expect(valuesBelow(config, 'environment')).toEqual({ env_vars: { A: '1', B: '2' } });
  });

  it('let the nearer of conda and venv win, and say where one layer has both', () => {
    const [conda, venv] = [read({ environment: { conda: 'c' } }), read({ environment: { venv: 'v' } })];
    expect(valuesBelow(mergeLayers([conda, venv]), 'environment')).toEqual({ venv: 'v' });
    expect(valuesBelow(mergeLayers([venv, conda]), 'environment')).toEqual({ conda: 'c' });
    expect(mergeLayers([conda, venv]).problems).toEqual([]);
    const both = mergeLayers([read({ environment: { conda: 'c', venv: 'v' } })]);
    expect(both.problems).toMatchObject([{ place: 'f.json:3', severity: 'error' }]);
  });

  it('lose what is risky where they are not trusted', () => {
    const { layer, isCut } = withoutRisk(
      read({ resources: { nodes: 1 }, environment: { conda: 'x' }, sync: { auto: false } }),
    );
    expect(layer.entries.map(({ path }) => path[0])).toEqual(['resources']);
    expect(isCut).toBe(true);
    expect(withoutRisk(read({ resources: { nodes: 1 } })).isCut).toBe(false);
  });

  it('may be a project’s that nobody has trusted, with these keys and no others', () => {
    const ofJobs = [
      ...['log_dir', 'work_dir', 'account', 'qos', 'resources.nodes', 'resources.gpus_per_node'],
      ...['resources.ntasks_per_node', 'resources.cpus_per_task', 'resources.memory_per_node'],
      ...['resources.time_limit', 'resources.nodelist', 'resources.partition'],
    ];
    const below = (prefix: string) => [...ofJobs, 'partition'].map((key) => `${prefix}.${key}`);
    const harmless = configKeys().flatMap(({ path, leaf }) => (leaf.risky === true ? [] : [formatKey(path)]));
    expect(harmless.sort()).toEqual(
      [
        ...[...ofJobs, ...below('profiles.*.defaults'), ...below('presets.*')],
        ...['notifications.default_endpoint_name', 'notifications.default_preset', 'sweep.max_parallel'],
      ].sort(),
    );
  });

  it('stop nobody with what does not count', () => {
    const severities = (content: unknown) =>
      withoutRisk(read(content)).layer.problems.map(({ path, severity }) => [path?.[0], severity]);
    expect(severities({ environment: { conda: 1, env_vars: { SLURM_X: '1' } }, resources: { nodes: 0 } })).toEqual([
      ...[
        ['environment', 'warning'],
        ['environment', 'warning'],
        ['resources', 'error'],
      ],
    ]);
    expect(severities({ environment: [], sync: 1, resources: [] })).toEqual([
      ...[
        ['environment', 'warning'],
        ['sync', 'warning'],
        ['resources', 'error'],
      ],
    ]);
    expect(withoutRisk(readConfigFile('{', 'f.json')).layer.problems).toMatchObject([{ severity: 'error' }]);
  });

  it('keep one invalid value from disabling an unrelated switch', () => {
    const config = mergeLayers([read({ resources: { nodes: 'x' }, sync: { require_clean: true } })]);
    expect(config.entries.get('sync.require_clean')?.value).toBe(true);
    expect(problemsOf(config, 'sync')).toEqual([]);
    expect(problemsOf(config, 'resources')).toHaveLength(1);
  });
});

it.each([
  ['SRUNX_DEFAULT_NODES', '3', 3],
  ['SRUNX_DEFAULT_NODES', 'x', undefined],
  ['SRUNX_DEFAULT_PARTITION', 'gpu', 'gpu'],
  ['SRUNX_DEFAULT_PARTITION', '', undefined],
  ['SRUNX_SYNC_AUTO', 'YES', true],
  ['SRUNX_SYNC_AUTO', '0', false],
  ['SRUNX_SYNC_AUTO', 'perhaps', undefined],
  ['SRUNX_SYNC_LOCK_TIMEOUT', '5', 5],
])('the variable %s=%s', (name, text, expected) => {
  const { entries, problems } = readConfigVariables({ [name]: text });
  expect(entries.map(({ value }) => value)).toEqual(expected === undefined ? [] : [expected]);
  expect(problems).toHaveLength(expected === undefined && text !== '' ? 1 : 0);
});

it.each(['a', 'a.b', 'profiles."a.b".hostname', 'environment.env_vars.X'])('reads the key %s back', (text) => {
  expect(formatKey(parseKey(text) ?? [])).toBe(text);
});

it.each(['', '.', 'a.', '.a', 'a..b', 'a b', '"a'])('takes %j for no key', (text) => {
  expect(parseKey(text)).toBeUndefined();
});

it('has a meaning for every key, and finds each', () => {
  for (const { path, leaf } of configKeys()) {
    expect(leaf.description).not.toBe('');
    const named = path.map((name, index) => (name === '*' ? (path[index - 1] === 'profiles' ? 'p' : 'A') : name));
    expect(findNode(named)).toEqual({ leaf });
  }
  expect(findNode(['resources', 'constructor'])).toBeUndefined();
});
