import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { mountsBelow } from '../../dev/memory-cgroup.ts';
import { listProcesses, readEnvironment, waitUntil } from '../../dev/processes.ts';
import { startTestCluster, testClusterDir, useDevCluster } from '../support/dev-cluster.ts';

const scratch = mkdtempSync(join(tmpdir(), 'srunx-dev-cluster-test-'));
const commandFile = join(import.meta.dirname, '../../dev/cluster.ts');
afterAll(() => rmSync(scratch, { recursive: true }));

describe('a development cluster', () => {
  const cluster = useDevCluster();

  it('has four idle nodes in three partitions', async () => {
    const nodes = await run(cluster(), ['sinfo', '-h', '-N', '-o', '%P %N %c %G']);
    expect(nodes.split('\n').sort()).toEqual([
      'all c1 16 gpu:a100:2',
      'all c2 16 gpu:a100:2',
      'all c3 16 gpu:2',
      'all c4 16 gpu:v100:2',
      'cpu c3 16 gpu:2',
      'cpu c4 16 gpu:v100:2',
      'gpu* c1 16 gpu:a100:2',
      'gpu* c2 16 gpu:a100:2',
    ]);
  });

  it('runs a job and keeps account of it', async () => {
    const job = await runJob(cluster(), { script: 'echo on $SLURMD_NODENAME; exit 3', flags: ['-p', 'cpu'] });
    expect(job.output).toMatch(/^on c[34]\n$/);
    await expectAccount(cluster(), { id: job.id, states: ['FAILED|3:0', 'FAILED|3:0'] });
  });

  it.each(['c1', 'c3', 'c4'])('gives the GPUs of %s to jobs', async (node) => {
    const flags = ['-p', 'all', '-w', node];
    const withGpus = await runJob(cluster(), {
      script: 'echo $CUDA_VISIBLE_DEVICES',
      flags: [...flags, '--gres=gpu:2'],
    });
    const without = await runJob(cluster(), { script: 'echo $CUDA_VISIBLE_DEVICES', flags });
    expect([withGpus.output, without.output]).toEqual(['0,1\n', '\n']);
  });

  it('ends a job that takes too much memory', async ({ skip }) => {
    if (!cluster().memoryEnforced) skip('this machine has no cgroup v1 memory controller that we may use');
    const take200Mb = 'exec node -e "Buffer.alloc(200 << 20, 1)"';
    const small = await runJob(cluster(), { script: take200Mb, flags: ['--mem=50M'] });
    const large = await runJob(cluster(), { script: take200Mb, flags: ['--mem=900M'] });
    await expectAccount(cluster(), { id: small.id, states: ['OUT_OF_MEMORY|0:125', 'OUT_OF_MEMORY|0:125'] });
    await expectAccount(cluster(), { id: large.id, states: ['COMPLETED|0:0', 'COMPLETED|0:0'] });
  });

  it('lets the account in by ssh, where jobs run as that account', async () => {
    const { user, home } = cluster();
    const id = await ssh(cluster(), 'sbatch --parsable --wait -o who --wrap "id -un; pwd"');
    const answer = await ssh(cluster(), `cat who; squeue -h -t all -j ${id} -o "%u %T"`);
    expect(answer.split('\n')).toEqual([user, home, `${user} COMPLETED`]);
  });
});

describe('clusters side by side', () => {
  useDevCluster(); // one is up while the others come and go

  it('differ by their options', async () => {
    await using small = await startTestCluster({
      nodes: 1,
      cpus: 2,
      accounting: false,
      sshDelayMs: 40,
      maxArraySize: 20,
      minJobAge: 7,
    });
    const config = await run(small, ['scontrol', 'show', 'config']);
    expect(config).toMatch(/AccountingStorageType += accounting_storage\/none/);
    expect(config).toMatch(/MaxArraySize += 20\n/);
    expect(config).toMatch(/MinJobAge += 7 sec/);
    expect((await run(small, ['sinfo', '-h', '-o', '%P %N %c'])).split('\n')).toEqual([
      'gpu* c1 2',
      'cpu c1 2',
      'all c1 2',
    ]);
    const start = performance.now();
    await ssh(small, 'true');
    expect(performance.now() - start).toBeGreaterThan(4 * 80); // connecting takes more round trips than this
  });

  it.each([
    { scontrol: 'missing', expected: ['missing', '127', '0'] },
    { scontrol: 'no-requeue', expected: ['found', '1', '0'] },
  ] as const)('may have nodes whose scontrol is $scontrol', async ({ scontrol, expected }) => {
    await using cluster = await startTestCluster({ nodes: 1, accounting: false, scontrol });
    const script = [
      'command -v scontrol > /dev/null && echo found || echo missing',
      'scontrol requeue "$SLURM_JOB_ID" 2> /dev/null; echo $?',
      'squeue > /dev/null; echo $?',
    ];
    const job = await runJob(cluster, { script: script.join('\n'), flags: ['--requeue'] });
    expect(job.output.trimEnd().split('\n')).toEqual(expected);
    expect(await run(cluster, ['scontrol', 'ping'])).toContain('UP');
  });

  it('leave nothing behind', async () => {
    const cluster = await startTestCluster();
    const { dir, clusterName, user } = cluster;
    await run(cluster, ['sbatch', '-o', '/dev/null', '--wrap', 'trap "" TERM; setsid sleep 3600 & sleep 3600']);
    await ssh(cluster, 'setsid sleep 3600 > /dev/null 2>&1 < /dev/null &');
    expect(await waitUntil(async () => (await stateOf(cluster, '1')) === 'RUNNING', 10_000)).toBe(true);
    expect(processesOf(dir).length).toBeGreaterThan(10);

    await cluster.stop();

    expect(processesOf(dir)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
    expect(mountsBelow(dir)).toEqual([]);
    expect(existsSync(join('/sys/fs/cgroup/memory', clusterName))).toBe(false);
    expect(readFileSync('/etc/passwd', 'utf8').includes(`${user}:`)).toBe(process.getuid?.() !== 0);
    await cluster.stop();
  });
});

describe('the command', () => {
  useDevCluster(); // for skipping where Slurm is missing
  const dir = testClusterDir();

  it('starts a cluster once, tells of it and ends it', async () => {
    expect(await command(['up', '--dir', dir, '--nodes', '2', '--no-accounting'])).toMatch(/^up in /);
    expect(await command(['up', '--dir', dir])).toMatch(/^already up: /);
    expect(await command(['status', '--dir', dir])).toMatch(/slurmd-c2 +pid \d+\n.*c2 +cpu +idle/s);
    expect(await command(['env', '--dir', dir])).toContain(`export SLURM_CONF='${dir}/etc/slurm.conf'\n`);
    expect(await command(['down', '--dir', dir])).toBe(`stopped, ${dir} removed`);
    expect(await command(['down', '--dir', dir])).toBe('not running');
  });

  it('removes what a killed start left', async () => {
    const start = spawn(process.execPath, [commandFile, 'up', '--dir', dir], { stdio: 'ignore' });
    expect(await waitUntil(() => processesOf(dir).length > 2, 20_000)).toBe(true);
    const ended = once(start, 'exit');
    start.kill('SIGKILL');
    await ended;
    expect(await command(['down', '--dir', dir])).toBe(`stopped, ${dir} removed`);
    expect(processesOf(dir)).toEqual([]);
  });
});

async function runJob(cluster: DevCluster, job: { readonly script: string; readonly flags: readonly string[] }) {
  const output = join(scratch, '%j.out');
  const id = await run(cluster, ['sbatch', '--parsable', '-o', output, ...job.flags, '--wrap', job.script]);
  const hasEnded = async () => !/^(PENDING|RUNNING|COMPLETING)/.test(await stateOf(cluster, id));
  expect(await waitUntil(hasEnded, 30_000)).toBe(true);
  return { id, output: readFileSync(output.replace('%j', id), 'utf8') };
}

function stateOf(cluster: DevCluster, id: string): Promise<string> {
  return run(cluster, ['squeue', '-h', '-t', 'all', '-j', id, '-o', '%T']);
}

/** State and exit code of the job and of its batch step; accounting is a little late. */
async function expectAccount(cluster: DevCluster, job: { readonly id: string; readonly states: readonly string[] }) {
  const ask = async () => (await run(cluster, ['sacct', '-n', '-P', '-j', job.id, '-o', 'State,ExitCode'])).split('\n');
  await waitUntil(async () => (await ask()).every((row) => row !== '' && !/^(PENDING|RUNNING)/.test(row)), 15_000);
  expect(await ask()).toEqual(job.states);
}

function command(args: readonly string[]): Promise<string> {
  return run({ env: {} }, [process.execPath, commandFile, ...args]);
}

async function run({ env }: Pick<DevCluster, 'env'>, argv: readonly [string, ...string[]]): Promise<string> {
  const [program, ...args] = argv;
  return (await promisify(execFile)(program, args, { env: { ...process.env, ...env } })).stdout.trimEnd();
}

function ssh(cluster: DevCluster, command: string): Promise<string> {
  return run(cluster, ['ssh', '-F', cluster.sshConfig, 'dev', command]);
}

function processesOf(dir: string): string[] {
  return listProcesses()
    .filter(({ pid }) => [...readEnvironment(pid)].some((variable) => variable.includes(dir)) || mentions(pid, dir))
    .map(({ pid, name }) => `${pid} ${name}`);
}

function mentions(pid: number, dir: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
  } catch {
    return false;
  }
}
