import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { pathWithoutSlurm, useSandbox } from './sandbox.ts';

const { srunx, write, dir } = useSandbox();
const file = join(dir, 'home', '.config', 'srunx', 'config.json');

beforeEach(() => {
  mkdirSync(join(file, '..'), { recursive: true });
  const far = { hostname: 'nowhere.invalid', username: 'ada' };
  writeFileSync(file, JSON.stringify({ current_profile: 'lab', profiles: { far, lab: { hostname: 'lab.invalid' } } }));
  write(
    'flow.yaml',
    'name: flow\njobs:\n  - name: one\n    command: ["true"]\n    work_dir: /data\n    inputs: [x.csv]\n  - {name: two, command: ["true"], depends_on: [one]}\n',
  );
  write('plain.yaml', 'name: plain\njobs:\n  - {name: one, command: ["true"]}\n');
  write(
    'sweep.yaml',
    'name: s\nsweep:\n  matrix: {n: [1, 2]}\n  max_parallel: 2\njobs:\n  - {name: one, command: ["true"], inputs: [x.csv]}\n',
  );
});

const far = ['--profile', 'far'];

describe('a profile that cannot be reached', () => {
  it('is not asked to check a workflow, which is said where something of it is there', async () => {
    const flow = await srunx(['flow', 'validate', 'flow.yaml', ...far]);
    expect(flow).toMatchObject({ code: 0, stdout: 'flow: valid, 2 jobs\n' });
    expect(flow.stderr).toContain('no connection to far is open: the directories and inputs there were not looked at');
    const plain = await srunx(['flow', 'validate', 'plain.yaml', ...far]);
    expect(plain).toMatchObject({ code: 0, stdout: 'plain: valid, 1 job\n' });
    expect(plain.stderr).not.toContain('not looked at');
    const sweep = await srunx(['flow', 'validate', 'sweep.yaml', ...far]);
    expect([sweep.code, sweep.stderr]).toEqual([0, expect.stringContaining('not looked at')]);
  });

  it('is not asked to draw one', async () => {
    expect(await srunx(['flow', 'graph', 'flow.yaml', ...far])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('two'),
    });
  });

  it('is not asked about a run that has ended, where its id is written out', async () => {
    const { stdout } = await srunx(['flow', 'run', 'plain.yaml', '--embedded', '--json']);
    const { run_id: id } = JSON.parse(stdout) as { readonly run_id: string };
    const whole = await srunx(['flow', 'status', id, ...far]);
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining('completed')]);
    expect(whole.stderr).not.toContain('nowhere.invalid) has a name');
    // Another run may begin with the same letters.
    expect((await srunx(['flow', 'status', id.slice(0, 6), ...far])).stderr).toContain('nowhere.invalid) has a name');
  });

  it('has a history that says where it was looked for', async () => {
    const asked = await srunx(['history', ...far]);
    expect([asked.code, asked.stderr]).toEqual([0, expect.stringContaining('nowhere.invalid) has a name that is')]);
    expect(asked.stderr).toContain('No job history found on far here; the runs that are kept there could not be');
    const { stderr } = await srunx(['history']);
    expect(stderr).toContain('No job history found on lab here; with --profile lab, the runs that are kept there are');
  });
});

describe('the profile in use', () => {
  it.each(['show', 'mount list'])('of ssh %s is the one of every command', async (name) => {
    const words = ['ssh', ...name.split(' ')];
    const said = async (env: object, ...more: string[]) => {
      const { code, stdout, stderr } = await srunx([...words, ...more], { env: { ...env } });
      return [code, /far|lab/.exec(stdout + stderr)?.[0]];
    };
    expect(await said({})).toEqual([0, 'lab']);
    expect(await said({ SRUNX_SSH_PROFILE: ' far ' })).toEqual([0, 'far']);
    expect(await said({ SRUNX_SSH_PROFILE: 'far' }, 'lab')).toEqual([0, 'lab']);
    expect(await said({ SRUNX_SSH_PROFILE: 'far' }, '--profile', 'lab')).toEqual([0, 'lab']);
  });

  it.each(['show', 'test', 'login', 'logout', 'doctor'])('of ssh %s is said once', async (name) => {
    const { code, stderr } = await srunx(['ssh', name, 'lab', '--profile', 'far']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('`lab` is too much')]);
  });
});

describe('without Slurm', () => {
  it('the ways to a cluster are named', async () => {
    const PATH = pathWithoutSlurm(dir);
    const local = await srunx(['squeue', '--local'], { env: { PATH } });
    expect([local.code, local.stderr]).toEqual([6, expect.stringContaining('`--profile NAME`')]);
    expect(local.stderr).toContain('`srunx ssh add`');
    writeFileSync(file, JSON.stringify({ profiles: { lab: { hostname: 'lab.invalid' } } }));
    const { stderr } = await srunx(['sbatch', '--test-only', '--wrap', 'true'], { env: { PATH } });
    expect(stderr).toContain('(--profile names a cluster: lab)');
  });
});
