import { describe, expect, it } from 'vitest';
import { readFixture, releases } from '../../../test/support/slurm-fixtures.ts';
import { clusterFacts, parseScontrolConfig, parseVersion } from './scontrol-config.ts';

const versions: Readonly<Record<(typeof releases)[number], string>> = {
  '22.05': '22.05.8',
  '23.11': '23.11.11',
  '24.05': '24.05.8',
  '24.11': '24.11.7',
  '25.05': '25.05.8',
  '25.11': '25.11.7',
  '26.05': '26.05.3',
};

describe.each(releases)('the configuration of %s', (release) => {
  it('tells who and what the cluster is', () => {
    expect(clusterFacts(parseScontrolConfig(readFixture(release, 'scontrol-config.txt')))).toEqual({
      clusterName: 'demo',
      controller: 'login1',
      version: versions[release],
      accounting: true,
      minJobAgeSeconds: 900,
      maxArraySize: 1_001,
    });
  });

  it('agrees with what `sbatch --version` prints', () => {
    expect(parseVersion(readFixture(release, 'version.txt'))).toBe(versions[release]);
  });
});

describe('clusterFacts', () => {
  it('falls back to what Slurm itself would take', () => {
    expect(clusterFacts(new Map())).toEqual({
      clusterName: 'unknown',
      controller: '',
      version: 'unknown',
      accounting: false,
      minJobAgeSeconds: 300,
      maxArraySize: 1_001,
    });
  });

  it.each(['accounting_storage/none', '(null)', ''])('knows that %j keeps no records', (type) => {
    expect(clusterFacts(new Map([['AccountingStorageType', type]])).accounting).toBe(false);
  });

  it('believes a site that allows no arrays', () => {
    expect(clusterFacts(new Map([['MaxArraySize', '0']])).maxArraySize).toBe(0);
  });
});

describe('parseScontrolConfig', () => {
  it('reads values with spaces and equals signs, and nothing but settings', () => {
    const text =
      'Configuration data as of now\nEpilog                  = (null)\nA = b = c  d \nEmpty  =\n\nSlurmctld(primary) at x is UP\n';
    expect([...parseScontrolConfig(text)]).toEqual([
      ['Epilog', '(null)'],
      ['A', 'b = c  d'],
      ['Empty', ''],
    ]);
  });
});
