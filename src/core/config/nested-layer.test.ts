import { describe, expect, it } from 'vitest';
import { mergeLayers, problemsOf, valuesBelow } from './config.ts';
import { layerBelow } from './nested-layer.ts';
import { formatOrigin } from './origin.ts';
import { readConfigFile } from './read-config.ts';

const read = (content: unknown) => readConfigFile(JSON.stringify(content, null, 2), 'f.json');
const prefix = ['profiles', 'dgx', 'defaults'];

describe('the defaults of a profile', () => {
  const layer = read({
    account: 'everywhere',
    resources: { nodes: 1, partition: 'cpu' },
    environment: { conda: 'ml', env_vars: { A: '1', B: '1' } },
    profiles: {
      dgx: {
        hostname: 'dgx.example',
        defaults: {
          ...{ account: 'lab', partition: 'gpu', modules: ['cuda'], log_dir: '/scratch/logs' },
          resources: { nodes: null },
          environment: { venv: '/v', env_vars: { B: '2' } },
        },
      },
      dgx2: { defaults: { qos: 'other' } },
    },
  });
  const config = mergeLayers([layer, layerBelow(layer, prefix)]);

  it('count above what is said everywhere, key by key, and those of other profiles do not count', () => {
    const { profiles, ...jobs } = valuesBelow(config);
    expect(Object.keys(profiles as object)).toEqual(['dgx', 'dgx2']);
    expect(jobs).toEqual({
      ...{ account: 'lab', modules: ['cuda'], log_dir: '/scratch/logs', resources: { partition: 'gpu' } },
      environment: { venv: '/v', env_vars: { A: '1', B: '2' } },
    });
  });

  it.each([
    ['account', 'f.json:18 (profiles.dgx.defaults)'],
    ['resources.partition', 'f.json:19 (profiles.dgx.defaults)'],
    ['environment.env_vars.A', 'f.json:10'],
  ])('say where %s comes from', (key, expected) => {
    const origin = config.entries.get(key)?.origin;
    expect(origin === undefined ? undefined : formatOrigin(origin)).toBe(expected);
  });
});

describe('what contradicts itself', () => {
  it.each([
    [{ partition: 'a', resources: { partition: 'b' } }, 'partition', 'resources.partition', 'they mean the same'],
    [{ environment: { conda: 'a', venv: 'b' } }, 'environment.conda', 'environment.venv', 'only one can be active'],
  ])('in one layer is a problem of those keys, once: %j', (defaults, key, rival, why) => {
    const layer = read({ profiles: { dgx: { defaults } } });
    const config = mergeLayers([layer, layerBelow(layer, prefix)]);
    const name = (own: string) => `profiles.dgx.defaults.${own}`;
    expect(config.problems).toMatchObject([
      { severity: 'error', message: `${name(key)} and ${name(rival)} are both set here, and ${why}` },
    ]);
    expect(problemsOf(config, ...prefix)).toHaveLength(1);
    expect(problemsOf(config, 'environment')).toEqual([]);
    expect(problemsOf(config, 'profiles', 'other', 'defaults')).toEqual([]);
  });

  it('is none where one of the two is none', () => {
    expect(read({ environment: { conda: null, venv: 'b' } }).problems).toEqual([]);
  });
});

it('stops whoever needs something below what is wrong as a whole', () => {
  const config = mergeLayers([read({ profiles: { dgx: [] } })]);
  expect(problemsOf(config, ...prefix)).toHaveLength(1);
  expect(problemsOf(config, 'profiles', 'other', 'defaults')).toEqual([]);
});
