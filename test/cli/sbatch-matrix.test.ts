import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SbatchOptionSpec, sbatchOptionTable } from '../../src/core/job/sbatch-option-table.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { type Ran, useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, write, work, dir } = sandbox;

const scriptText = '#!/bin/sh\ntrue\n';

beforeAll(() => {
  write('script.sh', scriptText);
  write('same.slurm.jinja', scriptText);
  write('nodes', 'c1\n');
  write('vars', 'A=1\0');
});

/** A value that Slurm 22.05 understands, or refuses for a reason of its own. */
const samples: Readonly<Record<string, string>> = {
  account: 'root',
  'acctg-freq': 'task=30',
  array: '0-9:3%2',
  begin: '2099-01-01T00:00:00',
  chdir: '/usr',
  clusters: 'no-such-cluster',
  comment: 'a b | c',
  constraint: 'no-such-feature',
  deadline: '2099-01-02T00:00:00',
  'delay-boot': '5',
  distribution: 'cyclic',
  error: 'err-%j',
  exclude: 'c2',
  exclusive: 'user',
  export: 'NONE',
  'export-file': 'vars',
  gid: '0',
  'gpu-bind': 'closest',
  'gres-flags': 'enforce-binding',
  hint: 'nomultithread',
  'job-name': "it's 日本",
  'kill-on-invalid-dep': 'yes',
  'mail-type': 'END,FAIL',
  'mail-user': 'someone',
  nodefile: 'nodes',
  nodelist: 'c1',
  nodes: '1-2',
  output: 'out-%j',
  'open-mode': 'append',
  partition: 'cpu',
  priority: '17',
  propagate: 'NONE',
  qos: 'normal',
  signal: 'B:USR1@120',
  switches: '1@10:00',
  time: '1-02:03:04',
  'time-min': '10',
  uid: '0',
};

const byKind: Readonly<Record<Exclude<SbatchOptionSpec['kind'], 'flag'>, string>> = {
  ...{ array: '1-2', count: '2', date: 'now+1hour', dependency: 'singleton', gpus: '1', gres: 'gpu:1', integer: '1' },
  ...{
    mail: 'END',
    memory: '200M',
    nodes: '1',
    openMode: 'append',
    signal: 'USR1',
    signed: '5',
    text: 'x',
    time: '5',
    yesNo: 'no',
  },
};

/** A job that stays: whether one is waited for that may end at any moment would be chance. */
let anchor = '';
beforeAll(async () => {
  anchor = (await native(['sbatch', '--parsable', '-H', '-J', 'anchor', '--wrap', 'true'])).stdout.trim();
});
afterAll(async () => {
  await native(['scancel', anchor]);
});

function optionWords({ name, kind }: SbatchOptionSpec): readonly string[] {
  const own = name === 'profile' ? 'slurm-profile' : name;
  const sample = name === 'dependency' ? `afterok:${anchor}` : samples[name];
  const value = kind === 'flag' || name === 'requeue' ? undefined : (sample ?? byKind[kind]);
  return [`--${own}${value === undefined ? '' : `=${value}`}`];
}

function native(args: readonly string[]): Promise<Pick<Ran, 'code' | 'stdout' | 'stderr'>> {
  const env = { ...process.env, ...cluster().env, LC_ALL: 'C.UTF-8', HOME: join(dir, 'home') };
  return new Promise((resolve) => {
    execFile(args[0] ?? '', args.slice(1), { env, cwd: work }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, stdout, stderr });
    });
  });
}

/** What the controller holds of a job, without what differs from job to job, and without our token. */
async function jobOf({ code, stdout, stderr }: Pick<Ran, 'code' | 'stdout' | 'stderr'>): Promise<string> {
  const id = /(\d+)\s*$/.exec(stdout)?.[1];
  if (code !== 0 || id === undefined) {
    return stderr
      .split('\n')
      .map((line) => line.replace(/^\/.*\/(?=sbatch: )/, ''))
      .filter((line) => line.startsWith('sbatch: '))
      .join('\n');
  }
  const shown = (await native(['scontrol', '-d', 'show', 'job', id])).stdout;
  await native(['scancel', id]);
  return (
    shown
      // Not elsewhere: a small id looks like any other number.
      .replaceAll(new RegExp(`(JobId=|/(?:slurm|err|out)-)${id}(?=\\b|_)`, 'g'), '$1ID')
      .replaceAll(/ AllocNode:Sid=\S+/g, '')
      .replaceAll(/^ *(?:Submit|Eligible|Accrue|Start|LastSched|Suspend)\w*=.*\n/gm, '')
      .replaceAll(/^ *(?:Command|Comment)=.*\n/gm, (line) =>
        line.replace(/ ?srunx:\S+/, '').replace(/Command=.*/, 'Command'),
      )
      .replaceAll(/^ *Comment=\s*\n/gm, '')
      .replaceAll(/ (?:Deadline|Scheduler|BackfillSched\w*)=\S+/g, '')
      .replaceAll(/Reason=\S+/g, '')
  );
}

// Held, so that nothing runs; named, because Slurm and srunx name a job without a name differently.
const common = ['-H', '-J', 'same'];
const forms: readonly (readonly [string, (words: readonly string[]) => Promise<Ran>])[] = [
  ['script', (words) => srunx(['sbatch', ...common, ...words, 'script.sh'])],
  ['standard input', (words) => srunx(['sbatch', ...common, ...words], { stdin: scriptText })],
  ['template', (words) => srunx(['sbatch', ...common, ...words, '--template', './same.slurm.jinja'])],
  ['command', (words) => srunx(['sbatch', ...common, ...words, '--wrap', 'true'])],
];

const ours = new Set(['container', 'comment', 'hold']);
const options = sbatchOptionTable.filter(({ steersSbatch, name }) => steersSbatch !== true && !ours.has(name));

// Options side by side: each needs five submissions, and nothing of one touches another.
it.concurrent.each(options.map((option) => [option.name, option] as const))(
  '--%s means to a script, standard input, a template and a command what it means to Slurm’s own sbatch',
  async (name, option) => {
    const words = optionWords(option);
    const slurmWords = words.map((word) => word.replace('--slurm-profile', '--profile'));
    const expected = await jobOf(await native(['sbatch', ...common, ...slurmWords, 'script.sh']));
    expect(expected).not.toBe('');
    const ran = await Promise.all(forms.map(async ([form, run]) => [form, await run(words)] as const));
    for (const [form, outcome] of ran)
      expect(await jobOf(outcome), `${name}, ${form}: ${outcome.stderr}`).toBe(expected);
  },
);
