import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SrunxError } from '../core/errors.ts';
import { LocalShell } from '../shell/local-shell.ts';
import { loadWorkflow, type PlanRequest } from './load-plan.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "srunx plan's $(x) 日本-"));
  mkdirSync(join(cwd, 'config'));
  saveMounts([]);
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function saveMounts(mounts: readonly object[]): void {
  const profiles = { dgx: { ssh_host: 'dgx', mounts } };
  writeFileSync(join(cwd, 'config', 'config.json'), JSON.stringify({ profiles }));
}

async function loadAny(file: string, request: Partial<PlanRequest> = {}) {
  const everything = { args: [], from: undefined, to: undefined, only: [] };
  const shell = () => new LocalShell({ name: 'local', env: process.env });
  const randomBytes = (count: number) => new Uint8Array(count);
  const placeOn = async () => ({ cwd: join(cwd, 'there'), runRoot: '/', env: {} });
  const { signal } = new AbortController();
  const configDir = join(cwd, 'config');
  const context = { cwd, configDir, env: {}, shell, placeOn, isReady: () => true, randomBytes, signal };
  return loadWorkflow(context, { file, target: 'local', ...everything, ...request });
}

async function load(file: string, request: Partial<PlanRequest> = {}) {
  const { kind, plan } = await loadAny(file, request);
  if (kind === 'workflow') return plan;
  throw new Error('a sweep');
}

async function failure(file: string, request: Partial<PlanRequest> = {}): Promise<SrunxError> {
  const error: unknown = await load(file, request).catch((thrown: unknown) => thrown);
  if (error instanceof SrunxError) return error;
  throw error;
}

const write = (name: string, content: string | Uint8Array) => writeFileSync(join(cwd, name), content);

describe('a job with inputs', () => {
  beforeEach(() => {
    mkdirSync(join(cwd, 'there', 'a b'), { recursive: true });
    write('here.csv', '');
    write("there/a b/it's.csv", '');
    write('there/part-1.csv', '');
  });
  const flow = (...inputs: string[]) =>
    write('flow.yaml', JSON.stringify({ jobs: [{ name: 'a', command: 'x', inputs }] }));

  it('has them on the machine where it runs', async () => {
    flow("a b/it's.csv", 'part-*.csv', 'a b/*.csv');
    expect((await load('flow.yaml', { target: 'dgx' })).jobs).toHaveLength(1);
    expect((await failure('flow.yaml')).detail).toContain("there is no input a b/it's.csv");
    flow('here.csv');
    expect((await load('flow.yaml')).jobs).toHaveLength(1);
  });

  it('is refused where one of them is not there, by its place in the file', async () => {
    flow('part-1.csv', 'here.csv', 'part-2*');
    const { detail = '' } = await failure('flow.yaml', { target: 'dgx' });
    expect(detail.match(/there is no input \S+/g)).toEqual([
      'there is no input here.csv,',
      'there is no input part-2*,',
    ]);
  });
});

describe('a job with a template', () => {
  const flow = (template: string) => write('flow.yaml', `jobs: [{name: a, command: x, template: ${template}}]`);

  it('gets it by its name, or on the command line by its path', async () => {
    write('own.jinja', '#!/bin/sh\n# own\n{{ launch }}\n');
    flow('cpu');
    expect((await load('flow.yaml')).jobs[0]?.script).toContain('#SBATCH --cpus-per-task=4');
    flow('./own.jinja');
    expect((await load('flow.yaml', { templateFiles: 'allowed' })).jobs[0]?.script).toContain('# own\n');
    expect((await failure('flow.yaml')).message).toContain('only the command line takes those');
    flow('cpus');
    expect(await failure('flow.yaml')).toMatchObject({
      message: 'flow.yaml:1:40: job `a`: there is no template `cpus`',
      hint: 'Did you mean `cpu`?',
    });
  });
});

describe('loadWorkflow', () => {
  it('reads the file and its scripts from the current directory, as they are', async () => {
    const script = '\u{feff}#!/bin/sh\n# 日本語\necho {{ x }}';
    mkdirSync(join(cwd, 'a b'));
    write('a b/job.sh', script.slice(1));
    write('flow.yaml', 'name: 日本\njobs: [{name: a, path: a b/job.sh}, {name: b, path: a b/job.sh}]');
    const plan = await load('flow.yaml');
    expect(plan.workflow).toEqual({ name: '日本', source: 'flow.yaml' });
    expect(plan.jobs.map((job) => job.script)).toEqual([script.slice(1), script.slice(1)]);
    expect(plan.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['local', 'exec srun x'],
    ['embedded', 'exec x'],
  ] as const)('starts commands on %s with %s', async (target, words) => {
    write('flow.yaml', 'jobs: [{name: a, command: [x]}]');
    expect((await load('flow.yaml', { target })).jobs[0]?.script).toContain(`\n${words}\n`);
  });

  it('takes args as typed, the last of a key', async () => {
    write('flow.yaml', 'args: {x: 1, y: 2}\njobs: [{name: a, command: x, env_vars: {A: "{{ x }}|{{ y }}"}}]');
    const plan = await load('flow.yaml', { args: ['x=old', 'x=a=b c', 'y='] });
    expect(plan.jobs[0]?.env).toEqual({ A: 'a=b c|' });
  });

  it('reads a pipe', async () => {
    // The writer waits in the background until the pipe has a reader.
    const writer = `mkfifo "$1" && { printf 'jobs: [{name: a, command: x}]' >"$1" & }`;
    execFileSync('sh', ['-c', writer, 'sh', join(cwd, 'pipe')], { stdio: 'ignore' });
    expect((await load('pipe')).jobs).toHaveLength(1);
  });

  it('reads a pipe as a script of several jobs, and one that is included', async () => {
    const writer = (name: string, text: string) =>
      execFileSync('sh', ['-c', `mkfifo "$1" && { printf %s "$2" >"$1" & }`, 'sh', join(cwd, name), text], {
        stdio: 'ignore',
      });
    writer('script', '#!/bin/sh\necho piped\n');
    writer('included', 'jobs: [{name: c, command: x}]');
    write(
      'flow.yaml',
      'include: [{file: included, as: sub}]\njobs: [{name: a, path: script}, {name: b, path: script}]',
    );
    const plan = await load('flow.yaml');
    expect(plan.jobs.filter(({ script }) => script === '#!/bin/sh\necho piped\n')).toHaveLength(2);
    expect(plan.jobs).toHaveLength(3);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['x', '--arg x has no value'],
    ['=v', '--arg =v has no key'],
  ])('an arg %s', async (arg, message) => {
    write('flow.yaml', 'jobs: [{name: a, command: x}]');
    expect(await failure('flow.yaml', { args: [arg] })).toMatchObject({ message, exitCode: 2, kind: 'usage' });
  });

  it('a file that does not exist', async () => {
    expect(await failure('no such.yaml')).toMatchObject({
      message: 'there is no workflow file no such.yaml',
      exitCode: 7,
    });
  });

  it.each([
    ['a directory', (path: string) => mkdirSync(path), 'the workflow file flow.yaml is no file'],
    [
      'a data set',
      (path: string) => {
        writeFileSync(path, '');
        truncateSync(path, 17 * 1024 * 1024);
      },
      'the workflow file flow.yaml has 17825792 bytes, more than 16777216',
    ],
    [
      'another encoding',
      (path: string) => writeFileSync(path, Buffer.from('name: caf\xe9', 'latin1')),
      'the workflow file flow.yaml is not UTF-8 text',
    ],
  ])('%s', async (_, make, message) => {
    make(join(cwd, 'flow.yaml'));
    expect(await failure('flow.yaml')).toMatchObject({ message, exitCode: 2 });
  });

  it.each([
    ['a script that does not exist', () => {}, 'there is no readable script job.sh'],
    ['a script that is a directory', (path: string) => mkdirSync(path), 'the script job.sh is no file'],
    [
      'a script of another encoding',
      (path: string) => writeFileSync(path, Buffer.from('#!/bin/sh\necho caf\xe9\n', 'latin1')),
      'the script job.sh is not UTF-8 text',
    ],
  ])('%s', async (_, make, message) => {
    make(join(cwd, 'job.sh'));
    write('flow.yaml', 'jobs: [{name: a, path: job.sh}]');
    expect(await failure('flow.yaml')).toMatchObject({
      message: `flow.yaml:1:24: job \`a\`: ${message}`,
      exitCode: 2,
    });
  });
});

describe('a workflow that runs where code is sent', () => {
  beforeEach(() => {
    mkdirSync(join(cwd, 'lib'));
    saveMounts([
      { name: 'all', local: cwd, remote: '/there/all' },
      { name: 'lib', local: join(cwd, 'lib'), remote: '/there/lib' },
    ]);
    write('a.sh', '#!/bin/sh\necho {{ x }}\n');
    write('lib/b.sh', '#!/bin/sh\n');
    symlinkSync('/etc/passwd', join(cwd, 'link.sh'));
  });
  const flow = (...jobs: object[]) => write('flow.yaml', JSON.stringify({ jobs }));
  const placed = async () => {
    const { plan, placed: place } = await loadAny('flow.yaml', { target: 'dgx' });
    const jobs = 'jobs' in plan ? plan.jobs : [];
    return { jobs, cwd: place?.cwd, mounts: place?.mounts.map(({ mount }) => mount.name) };
  };

  it('has the paths of the cluster', async () => {
    const data = join(cwd, 'data');
    flow({ name: 'a', command: 'x', work_dir: data, log_dir: `${data}/logs`, inputs: [`${cwd}/a.sh`], outputs: ['o'] });
    const { jobs, ...place } = await placed();
    expect(place).toEqual({ cwd: '/there/all', mounts: ['all'] });
    expect(jobs[0]).toMatchObject({
      options: expect.arrayContaining(['--chdir=/there/all/data', '--output=/there/all/data/logs/%x_%j.log']),
      ...{ workDir: '/there/all/data', logDir: '/there/all/data/logs' },
      files: { inputs: ['/there/all/a.sh'], outputs: ['o'], directory: '/there/all/data' },
    });
  });

  it('needs the mounts of its scripts and directories, and starts the very file where it says the same', async () => {
    flow(
      { name: 'a', path: 'lib/b.sh' },
      { name: 'b', path: 'a.sh', script_vars: { x: 1 } },
      { name: 'c', path: 'a.sh' },
    );
    const { jobs, mounts } = await placed();
    expect(mounts).toEqual(['all', 'lib']);
    expect(jobs.map(({ inPlace }) => inPlace)).toEqual(['/there/lib/b.sh', undefined, '/there/all/a.sh']);
  });

  it('reads no script from elsewhere, whatever leads there', async () => {
    for (const path of ['/etc/passwd', 'link.sh', '../x.sh', '/dev/stdin']) {
      flow({ name: 'a', path });
      expect((await failure('flow.yaml', { target: 'dgx' })).message).toContain(`${path} is in no mount of dgx`);
    }
    flow({ name: 'a', path: '{{ p }}' });
    const sweep = { axes: new Map([['p', ['lib/b.sh', 'link.sh']]]) };
    const axes = new Map(
      [...sweep.axes].map(([axis, values]) => [axis, values.map((text) => ({ text, value: text }))]),
    );
    const none = { failFast: undefined, maxParallel: 2, maxParallelCells: undefined, maxCells: undefined };
    const request = { target: 'dgx', sweep: { axes, ...none } };
    expect((await failure('flow.yaml', request)).message).toMatch(
      /^cell 1 \(p=link\.sh\).*link\.sh is in no mount of dgx/s,
    );
    saveMounts([]);
    flow({ name: 'a', path: '/etc/hostname' });
    expect((await failure('flow.yaml', { target: 'dgx' })).message).not.toContain('mount');
  });
});
