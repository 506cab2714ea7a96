import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

/** Two accounts on one cluster, each behind an sshd of its own, and two machines on which nobody listens. */
const cluster = useDevCluster();
const dev = useSshVariant(cluster, {});
const lab = useSshVariant(cluster, {});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
chmodSync(runtime, 0o700);
const { srunx, json, submit, write } = useSandbox(() => ({
  ...cluster().env,
  XDG_CONFIG_HOME: join(runtime, 'config'),
  XDG_RUNTIME_DIR: runtime,
}));
/** Of somebody who has never seen any of it. */
const elsewhere = { env: { XDG_STATE_HOME: join(runtime, 'state') } };

interface Row {
  readonly profile: string;
  readonly target: string;
  readonly job_id: string;
}

let jobs: readonly string[];

beforeAll(async () => {
  mkdirSync(join(runtime, 'config', 'srunx'), { recursive: true });
  const save = (name: string, profiles: object) =>
    writeFileSync(join(runtime, 'config', 'srunx', name), JSON.stringify({ profiles }));
  const down = { hostname: '127.0.0.1', port: 1, username: 'nobody' };
  save('config.json', { dev: { ssh_host: 'dev' }, lab: { ssh_host: 'dev' }, down, off: { ...down, port: 2 } });
  save('extra.json', { dev: { ssh_config: dev().sshConfig }, lab: { ssh_config: lab().sshConfig } });
  jobs = [
    await submit(['--profile', 'dev', '-H', '--gres=gpu:1', '--wrap', 'true']),
    await submit(['--profile', 'lab', '-H', '--gres=gpu:1', '--wrap', 'true']),
  ];
  write('grid.yaml', 'name: grid\nsweep: {matrix: {x: [1]}, max_parallel: 1}\njobs: [{name: a, command: "true"}]\n');
  for (const profile of ['dev', 'lab']) {
    const ran = await srunx(['flow', 'run', 'grid.yaml', '--profile', profile, '--detach']);
    expect(ran.code, ran.stderr).toBe(0);
  }
  // Of runs that were submitted just now, nothing that is missed is taken for gone.
  const runs = join(lab().home, '.local', 'share', 'srunx', 'runs');
  for (const run of readdirSync(runs)) {
    const path = join(runs, run, 'run.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"createdAt":\d+/, `"createdAt":${Date.now() - 3_600_000}`));
  }
}, 120_000);
afterAll(async () => {
  for (const profile of ['dev', 'lab']) {
    await srunx(['scancel', '--me', '--profile', profile]);
    await srunx(['ssh', 'logout', profile]);
  }
  rmSync(runtime, { recursive: true, force: true });
});

describe('several profiles', () => {
  it.each([['dev,lab'], ['lab', 'dev']])(
    '--profile %s asks these alone, and each row says whose it is',
    async (...names) => {
      const rows = await json<Row[]>([
        'squeue',
        '--me',
        '--name',
        'wrap,job',
        ...names.flatMap((name) => ['--profile', name]),
      ]);
      const seen = rows
        .filter(({ job_id: id }) => jobs.includes(id))
        .map(({ profile, job_id: id }) => `${profile} ${id}`);
      expect(seen.sort()).toEqual([`dev ${jobs[0]}`, `lab ${jobs[1]}`]);
    },
  );

  it.each([
    ['squeue'],
    ['squeue', '--group-by', 'partition'],
    ['sinfo'],
    ['gpus', '-o', 'profile,partition,free'],
    ['gpus'],
    ['limits'],
  ])('all are asked with %s, and one that is silent spoils nothing', async (...words) => {
    const ran = await srunx([...words, '--all-profiles', '--json']);
    expect(ran.code, ran.stderr).toBe(1);
    expect(ran.stderr).toMatch(/^srunx: down is left out: down .* takes no connection\. Check the port/m);
    const found = new Set((JSON.parse(ran.stdout) as Row[]).map(({ profile }) => profile));
    expect([...found]).toEqual(['local', 'dev', 'lab']);
  });

  it.each(['eta', 'prio'])('%s finds jobs wherever they wait, and misses those that wait nowhere', async (command) => {
    const args = [command, ...jobs, '--profile', 'dev,lab'];
    expect(new Set((await json<Row[]>(args)).map(({ profile }) => profile))).toEqual(new Set(['dev', 'lab']));
    expect(await srunx([command, '--profile', 'dev,lab', '999999'])).toMatchObject({ code: 7, stdout: '' });
    const ran = await srunx([command, '--profile', 'dev,down', '999999']);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('not in the queue: 999999')]);
  });

  it('people see the limits of each below its name, and GPUs beside theirs', async () => {
    const limits = (await srunx(['limits', '--profile', 'dev,lab'])).stdout;
    expect(limits).toMatch(/^Profile dev\nCluster .*\n.*\n\nProfile lab\nCluster /s);
    expect((await srunx(['gpus', '--profile', 'dev,lab'])).stdout).toMatch(/^PROFILE .*\ndev +gpu .*\nlab +TOTAL /s);
  });

  it('what the accounting of none has is missed once', async () => {
    const { stderr } = await srunx(['sacct', '--profile', 'dev,lab', '-j', '999999']);
    expect(stderr).toBe('No accounting records\n');
  });

  it.each([
    ['flow', 'list'],
    ['sweep', 'list'],
  ])('%s %s takes in what lies with each of them', async (...words) => {
    const targets = async (...profiles: readonly string[]) =>
      (await json<Row[]>([...words, ...profiles], elsewhere)).map(({ target }) => target).sort();
    rmSync(elsewhere.env.XDG_STATE_HOME, { recursive: true, force: true });
    expect(await targets('--profile', 'dev')).toEqual(['dev']);
    expect(await targets('--profile', 'dev,lab')).toEqual(['dev', 'lab']);
    const ran = await srunx([...words, '--all-profiles'], elsewhere);
    // Neither takes what lies with the other, which it may not read, for gone.
    expect((await srunx(['flow', 'list', '-o', 'handover', '--no-header'], elsewhere)).stdout).toBe('done\ndone\n');
    expect([ran.code, ran.stdout]).toEqual([1, expect.stringMatching(/^TARGET .*\n(?:(?:dev|lab) .*\n){2}$/)]);
    expect(ran.stderr).toMatch(/down is shown as it was seen last\. Check the port/);
  });

  it('history is that of each of them', async () => {
    rmSync(elsewhere.env.XDG_STATE_HOME, { recursive: true, force: true });
    const rows = await json<Row[]>(['history', '--profile', 'dev,lab', '-j', jobs.join()], elsewhere);
    expect(rows.map(({ target, job_id: id }) => `${target} ${id}`).sort()).toEqual([
      `dev ${jobs[0]}`,
      `lab ${jobs[1]}`,
    ]);
    const ran = await srunx(['history', '--all-profiles', '--all-clusters'], elsewhere);
    expect([ran.code, ran.stdout]).toEqual([1, expect.stringMatching(/^TARGET .*CLUSTER/)]);
  });

  it('a search there reads the scripts of this machine here', async () => {
    write('here.sh', '#!/bin/bash\n# a needle\ntrue\n');
    const id = await submit(['--local', '-H', 'here.sh']);
    await srunx(['history', '--local'], elsewhere);
    const search = ['history', '--search', 'needle', '--all-clusters'];
    const rows = await json<Row[]>([...search, '--profile', 'dev'], elsewhere);
    expect(rows.map(({ target, job_id: found }) => `${target} ${found}`)).toEqual([`local ${id}`]);
    await srunx(['scancel', '--local', id]);
  });

  it('where none answers, that is an error, and all are told of', async () => {
    const ran = await srunx(['squeue', '--profile', 'down,off']);
    expect(ran).toMatchObject({ code: 6, stdout: '' });
    expect(ran.stderr).toMatch(/^srunx: off is left out: .*\nsrunx: error\[ssh.refused\]: down /);
  });
});

describe('several profiles are refused', () => {
  const logins = () => dev().countLogins() + lab().countLogins();

  it.each([
    ['where one of them is not there', 7, ['squeue', '--profile', 'dev,nope'], 'there is no profile `nope`'],
    ['where one is empty', 2, ['gpus', '--profile', 'dev,'], '--profile is empty'],
    ['beside --all-profiles', 2, ['history', '--profile', 'dev,lab', '--all-profiles'], 'cannot be used together'],
    ['beside --local', 2, ['limits', '--profile', 'dev,lab', '--local'], 'cannot be used together'],
    ['to be shown again and again', 2, ['sinfo', '--profile', 'dev,lab', '-i', '1'], '--iterate'],
    ['for one job', 2, ['show', '1', '--profile', 'dev,lab'], 'this command is for one profile'],
    ['for a run', 2, ['flow', 'status', '--profile', 'dev,lab'], 'this command is for one profile'],
    ['where something is done', 2, ['scancel', '1', '--profile', 'dev', '--profile', 'lab'], 'dev,lab'],
    ['for a submission', 2, ['sbatch', '--profile', 'dev', '--profile', 'lab', '--wrap', 'true'], 'dev,lab'],
  ])('%s', async (_, code, args, words) => {
    await srunx(['ssh', 'logout', 'dev']);
    const before = logins();
    const ran = await srunx(args);
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([code, '', expect.stringContaining(words)]);
    expect(logins()).toBe(before);
  });
});
