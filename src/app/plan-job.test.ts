import { describe, expect, it } from 'vitest';
import { mergeLayers } from '../core/config/config.ts';
import { jobDefaults } from '../core/config/job-defaults.ts';
import { readConfigFile } from '../core/config/read-config.ts';
import { type SbatchValueKind, sbatchOptionTable } from '../core/job/sbatch-option-table.ts';
import { type JobRequest, planJob } from './plan-job.ts';

const script = '#!/bin/bash\n#SBATCH --nodes=8 --mem=1G\nhostname\n';

function plan(request: Partial<JobRequest> & { text?: string; env?: Record<string, string> }, variables = {}) {
  const { text = script, ...rest } = request;
  const base = { script: new TextEncoder().encode(text), fileName: 'job.sh', args: [], options: [], env: {} };
  return planJob({ env: variables, cwd: '/work dir' }, { ...base, ...rest });
}

const samples: Readonly<Record<SbatchValueKind, string | undefined>> = {
  array: '0-3%2',
  count: '2',
  date: 'now+1hour',
  dependency: 'afterok:1',
  flag: undefined,
  gpus: 'a100:2',
  gres: 'gpu:a100:2,shard:4,tmpfs:10G',
  integer: '3',
  mail: 'END,FAIL',
  memory: '4G',
  nodes: '2-4',
  openMode: 'append',
  signal: 'B:USR1@120',
  signed: '-5',
  text: "a b'$(x)日本",
  time: '1:30:00',
  yesNo: 'yes',
};

describe('planJob', () => {
  it.each(sbatchOptionTable.filter(({ steersSbatch, name }) => !steersSbatch && name !== 'comment'))(
    'hands --$name over as typed, exactly once',
    ({ name, kind }) => {
      const value = samples[kind];
      const option = value === undefined ? { name } : { name, value };
      const { options } = plan({ options: [option] });
      const word = value === undefined ? `--${name}` : `--${name}=${value}`;
      expect(options.filter((candidate) => candidate.startsWith(`--${name}`))).toEqual([word]);
      // Nothing that was not typed, but the name: the file that sbatch gets is named by its token.
      expect(options.filter((candidate) => candidate !== word)).toEqual(
        name === 'job-name' ? [] : ['--job-name=job.sh'],
      );
    },
  );

  it('blames a configured value on the line that it stands in, and nothing on one that is not used', () => {
    const config = mergeLayers([readConfigFile('{\n"resources": {"nodes": 12345678}}', 'config.json')]);
    const defaults = jobDefaults(config, { hasSlurm: true });
    const text = '#!/bin/sh\n';
    expect(() => plan({ text, defaults })).toThrow(
      'config.json:2: resources.nodes: `12345678` is no value for --nodes',
    );
    expect(plan({ defaults }).configured).toEqual([]);
  });

  it('sends of an option that was given twice the last one', () => {
    const options = [
      { name: 'nodes', value: '1' },
      { name: 'mem', value: '1G' },
      { name: 'nodes', value: '2' },
    ];
    expect(plan({ options }).options).toEqual(['--nodes=2', '--mem=1G', '--job-name=job.sh']);
  });

  it('merges the comment, wherever it was written, into the one that carries the token', () => {
    const text = '#!/bin/sh\n#SBATCH --comment="from the script"\n';
    expect(plan({ text })).toMatchObject({ comment: 'from the script', options: ['--job-name=job.sh'] });
    expect(plan({ text, options: [{ name: 'comment', value: 'typed' }] }).comment).toBe('typed');
  });

  it('keeps the script as it is, byte for byte', () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('#!/bin/sh\n: {{ a }} ${#x[@]}\n'), 0xff, 0xfe]);
    expect(plan({ script: bytes }).script).toBe(bytes);
  });

  it.each([
    ['typed', { options: [{ name: 'job-name', value: 'a b' }] }, {}, 'a b', ['--job-name=a b']],
    ["the script's own", { text: '#!/bin/sh\n#SBATCH -J own\n' }, {}, 'own', []],
    ["the variable's", {}, { SBATCH_JOB_NAME: 'variable' }, 'variable', []],
    [
      'typed before the variable',
      { options: [{ name: 'job-name', value: 't' }] },
      { SBATCH_JOB_NAME: 'v' },
      't',
      ['--job-name=t'],
    ],
    ["the file's", {}, {}, 'job.sh', ['--job-name=job.sh']],
  ])('has a name: %s', (_, request, variables, name, options) => {
    expect(plan(request, variables)).toMatchObject({ name, options });
  });

  it.each([
    [{}, {}, []],
    [{ A: '1' }, {}, ['--export=ALL']],
    [{ A: '1', B: '2' }, { value: 'NONE' }, ['--export=A,B']],
    [{ A: '1' }, { value: 'PATH,HOME' }, ['--export=PATH,HOME,A']],
    [{ A: '1' }, { value: 'ALL,X=3' }, ['--export=ALL,X=3']],
    [{}, { value: 'NONE' }, ['--export=NONE']],
  ])('exports variables %j beside %j as %j', (env, given, expected) => {
    const options = 'value' in given ? [{ name: 'export', ...given }] : [];
    const words = plan({ env: env as Record<string, string>, options }).options;
    expect(words.filter((word) => word.startsWith('--export'))).toEqual(expected);
  });

  it('refuses variables that would be dropped', () => {
    const options = [{ name: 'export', value: 'NIL' }];
    expect(() => plan({ env: { A: '1' }, options })).toThrow('contradict');
  });

  it.each([
    [{}, 'slurm-%j.out', [{ path: '/work dir' }]],
    [{ options: [{ name: 'array', value: '0-3' }] }, 'slurm-%A_%a.out', [{ path: '/work dir' }]],
    [{ options: [{ name: 'output', value: 'logs/%x/%j.out' }] }, 'logs/%x/%j.out', [{ path: '/work dir/logs/job.sh' }]],
    [
      {
        options: [
          { name: 'output', value: '/abs/a' },
          { name: 'error', value: 'e/b' },
        ],
      },
      '/abs/a',
      [{ path: '/abs' }, { path: '/work dir/e' }],
    ],
    // Only known once there is an id, or no directory of ours at all.
    [{ options: [{ name: 'output', value: 'logs/%j/out' }] }, 'logs/%j/out', []],
    [{ options: [{ name: 'output', value: '/dev/null' }] }, '/dev/null', []],
    [{ options: [{ name: 'chdir', value: '/on/nodes' }] }, 'slurm-%j.out', []],
    [
      {
        options: [
          { name: 'chdir', value: '/x' },
          { name: 'output', value: 'l/o' },
        ],
      },
      'l/o',
      [{ path: '/x/l', below: '/x' }],
    ],
    [{ text: '#!/bin/sh\n#SBATCH -o from/script\n' }, 'from/script', [{ path: '/work dir/from' }]],
    [{ rawOptions: ['--output=/nodes/only'] }, '/nodes/only', []],
  ])('knows where the log of %j goes', (request, pattern, directories) => {
    expect(plan(request)).toMatchObject({ log: { pattern }, directories });
  });

  it.each([
    ['', 'script.empty'],
    ['hostname\n', 'script.no_interpreter'],
    ['#!/bin/sh\r\nhostname\r\n', 'script.crlf'],
    ['#!/bin/sh\nx\0\n', 'script.nul'],
  ])('refuses %j before anything is sent', (text, code) => {
    expect(() => plan({ text })).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it('names the line at fault', () => {
    expect(() => plan({ text: '#!/bin/sh\n#SBATCH -J "open\n' })).toThrow('job.sh:2: ');
  });

  it('leaves to Slurm what the script says wrongly, and warns of what it does not say', () => {
    const planned = plan({ text: '#!/bin/sh\n#SBATCH --time=soon\ntrue\n#SBATCH -N 2\n' });
    expect(planned.warnings.map(({ code }) => code)).toEqual(['script.late_directive']);
  });

  it.each([
    [{ name: 'time', value: 'soon' }],
    [{ name: 'mem', value: '1.5G' }],
    [{ name: 'nodes', value: '4-2' }],
    [{ name: 'array', value: '5-1' }],
    [{ name: 'begin', value: 'whenever' }],
  ])('refuses the value of %j', (option) => {
    expect(() => plan({ options: [option] })).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
