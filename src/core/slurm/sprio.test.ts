import { describe, expect, it } from 'vitest';
import { parseSprio, parseSshare, sprioArgs } from './sprio.ts';

describe('parseSprio', () => {
  it('asks with a mark behind every field, and reads what a real sprio made of it', () => {
    expect(sprioArgs('@m@').at(-1)).toMatch(/^%i@m@%r@m@%Y@m@/);
    const line = ['84', 'cpu', '7382', '0', '2000', '300', '400', '0', 'cpu=3122,mem=1561', '0', '0', '0', ''].join(
      '@m@',
    );
    expect(parseSprio(`${line}\n`, '@m@')).toEqual([
      {
        ...{
          rawId: '84',
          partition: 'cpu',
          priority: 7382,
          age: 0,
          fairShare: 2000,
          jobSize: 300,
          partitionFactor: 400,
        },
        ...{ qos: 0, tres: 'cpu=3122,mem=1561', nice: 0, site: 0, association: 0 },
      },
    ]);
  });

  it('leaves out what is no row', () => expect(parseSprio('sprio: something\n\n', '@m@')).toEqual([]));
});

describe('parseSshare', () => {
  it('reads users, not accounts', () => {
    expect(parseSshare('root||0.5\n root|ann|0.25\n  proj|bob|\n')).toEqual([
      { account: 'root', user: 'ann', fairShare: 0.25 },
      { account: 'proj', user: 'bob', fairShare: undefined },
    ]);
  });
});
