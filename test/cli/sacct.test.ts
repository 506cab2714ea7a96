import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, dir } = sandbox;

interface Row {
  readonly job_id: string;
  readonly name: string;
  readonly status: string;
  readonly raw_state: string;
  readonly exit_code: number | null;
  readonly is_step: boolean;
  readonly cpu_efficiency: number | null;
  readonly efficiency_gaps: readonly string[];
}

const hostile = 'a|b\nc\t[red] x';

describe('srunx sacct', () => {
  const ids: Record<string, string> = {};
  const all = () => Object.values(ids).join(',');
  const mine = (...args: readonly string[]) => ['sacct', '-j', all(), ...args];

  beforeAll(async () => {
    // Slurm's own command takes names that srunx would not, and adds no step.
    const options = { env: { ...process.env, ...cluster().env }, encoding: 'utf8', cwd: dir } as const;
    const submitted = (...words: readonly string[]) =>
      execFileSync('sbatch', ['--parsable', '-p', 'cpu', ...words], options).trim();
    ids['bad'] = submitted('-J', hostile, '--wrap', 'exit 3');
    ids['array'] = submitted('-J', 'many', '-a', '0-2', '--wrap', 'true');
    ids['steps'] = submitted('-J', 'steps', '-n2', '--wrap', 'srun -n2 sleep 1.5');
    ids['held'] = submitted('-H', '-J', 'held', '--wrap', 'true');
    const ended = async () => (await json<Row[]>(mine('-s', 'CD,F'))).length === 5;
    expect(await waitUntil(ended, 60_000)).toBe(true);
    await srunx(['scancel', ids['held']]);
  }, 90_000);

  it('lists allocations, whatever they are called', async () => {
    const rows = await json<Row[]>(mine());
    expect(rows.map(({ name, status, exit_code }) => [name, status, exit_code]).slice(0, 2)).toEqual([
      [hostile, 'FAILED', 3],
      ['many', 'COMPLETED', 0],
    ]);
    expect(rows.some(({ is_step }) => is_step)).toBe(false);
  });

  it.each([
    [['-s', 'FAILED'], ['bad']],
    [['-s', 'f,cd', '-n', 'steps'], ['steps']],
    [['-p', 'gpu'], []],
    [['-r', 'cpu', '--name', 'steps'], ['steps']],
    [['-u', 'root', '-a', '-n', 'steps'], ['steps']],
    [['-K', '1', '-n', 'steps'], []],
    [['-K', '60', '-n', 'steps'], ['steps']],
  ])('filters by %j', async (args, keys) => {
    expect((await json<Row[]>(mine(...args))).map(({ job_id }) => job_id)).toEqual(keys.map((key) => ids[key]));
  });

  it('lists tasks and sets of tasks, and names what has no record', async () => {
    const array = ids['array'] ?? '';
    const one = (id: string) => srunx(['sacct', '-j', id, '--format', 'ids']);
    expect((await one(`${array}_1`)).stdout).toBe(`${array}_1\n`);
    expect((await one(`${array}_[0,2]`)).stdout.trim().split('\n').sort()).toEqual([`${array}_0`, `${array}_2`]);
    expect((await one(`${array}_1,66000000`)).stderr).toContain('no accounting records of 66000000\n');
    expect(await one('66000000')).toMatchObject({ code: 0, stdout: '', stderr: 'No accounting records\n' });
  });

  it('says which times it looked at, where nobody did', async () => {
    const { stderr, stdout } = await srunx(['sacct', '-n', 'steps', '--format', 'ids']);
    expect(stderr).toBe('srunx: from now-1day to now; -S and -E choose other times\n');
    expect(stdout.split('\n')).toContain(ids['steps']);
    expect((await srunx(['sacct', '-S', 'now-1hour', '-n', 'steps'])).stderr).toBe('');
  });

  it("prints Slurm's own columns, and what sacct itself would print of them", async () => {
    const words = ['-j', `${ids['steps']}`, '-P', '-o', 'JobID,State,ExitCode,Elapsed,NTasks,SubmitLine'];
    const { stdout } = await srunx(['sacct', '--show-steps', ...words]);
    const [titles, job, ...steps] = stdout.trimEnd().split('\n');
    expect(titles).toBe('JobID|State|ExitCode|Elapsed|NTasks|SubmitLine');
    expect(job).toMatch(new RegExp(`^${ids['steps']}\\|COMPLETED\\|0:0\\|00:00:0\\d\\|\\|.*sbatch`));
    expect(steps.map((line) => line.split('|')[0])).toEqual([`${ids['steps']}.batch`, `${ids['steps']}.0`]);
    const named = ['-j', `${ids['steps']}`, '--noheader', '--format=JobID,JobName%30,TimelimitRaw,TRESUsageInTot'];
    const table = await srunx(['sacct', ...named]);
    expect(table.stdout).toMatch(new RegExp(`^${ids['steps']} +steps {25,} +\\d+ +-\n$`));
    const parsable = await srunx(['sacct', ...named, '-P', '--show-steps']);
    expect(parsable.stdout).toMatch(
      new RegExp(`^${ids['steps']}\\|steps\\|\\d+\\|\n${ids['steps']}.batch\\|batch\\|.*\\|\\w+=`),
    );
  });

  it('tells how much of its CPU time a job used, or why that is not known', async () => {
    const rows = await json<Row[]>(mine('--eff', '-n', 'steps,held'));
    const [steps, held] = rows;
    expect(steps?.cpu_efficiency).toBeGreaterThan(0);
    expect(steps?.cpu_efficiency).toBeLessThan(100);
    expect([held?.cpu_efficiency, held?.efficiency_gaps.length]).toEqual([null, 1]);
  });

  it('sums up', async () => {
    const groups = await json<{ name: string; jobs: number; failed: number }[]>(mine('--group-by', 'name'));
    const counts = groups.map(({ name, jobs, failed }) => [name, jobs, failed]);
    expect(counts).toEqual(
      expect.arrayContaining([
        ['many', 3, 0],
        [hostile, 1, 1],
      ]),
    );
  });

  it.each([
    [['-S', 'now-24h'], 'usage.time'],
    [['-j', '12x'], 'usage.job_id'],
    [['-s', 'NOSUCH'], 'usage.job_state'],
    [['-K', 'long'], 'usage.time_limit'],
    [['-o', 'NoSuch'], 'usage.column'],
    [['--group-by', 'colour'], 'usage.option_value'],
    [['-P', '--json'], 'usage.option_conflict'],
    [['--embedded', '-S', 'yesterday'], 'usage.time'],
  ])('refuses %j before Slurm hears of it', async (args, code) => {
    const ran = await srunx(['sacct', ...args], { env: { PATH: dir } });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(code);
  });

  it('says that there is no accounting, and what knows more', async () => {
    const without = await srunx(['sacct'], { env: { SLURM_CONF: variant('none', /^AccountingStorage.*$/gm, '') } });
    expect(without).toMatchObject({ code: 7, stdout: '' });
    expect(without.stderr).toContain('Slurm accounting storage is disabled\nhint: `srunx history`');
    expect(await srunx(['sacct', '--embedded'])).toMatchObject({ code: 7, stdout: '' });
  });

  it('says that the database does not answer', async () => {
    const conf = variant('down', /^AccountingStoragePort=.*$/m, 'AccountingStoragePort=1');
    const ran = await srunx(['sacct', '--json'], { env: { SLURM_CONF: conf } });
    expect(ran).toMatchObject({ code: 6, stdout: '' });
    expect(JSON.parse(ran.stderr.split('\n').at(-2) ?? '').error.detail).toContain('Problem talking to the database');
  });
});

/** The cluster's configuration with one thing changed, for the real sacct. */
function variant(name: string, pattern: RegExp, replacement: string): string {
  const folder = join(dir, name);
  mkdirSync(folder);
  const file = join(folder, 'slurm.conf');
  writeFileSync(
    file,
    readFileSync(String(cluster().env['SLURM_CONF']), 'utf8').replaceAll(new RegExp(pattern, 'gm'), replacement),
  );
  return file;
}
