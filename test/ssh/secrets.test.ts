import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { listProcesses } from '../../dev/processes.ts';
import { type Sandbox, useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';

const cluster = useDevCluster();
const sandbox: Sandbox = useSandbox(() => ({
  SRUNX_SSH_PROFILE: 'dev',
  // The connection ends with the sandbox.
  XDG_RUNTIME_DIR: join(sandbox.dir, 'run'),
}));
const { srunx, write, startAtTerminal, dir } = sandbox;

const directory = () => join(cluster().home, '.config/srunx');
const file = () => join(directory(), 'secrets.env');

beforeEach(({ skip }) => {
  if (cluster().user === userInfo().username) skip("needs an account that is not the user's own");
  const configDir = join(dir, 'home/.config/srunx');
  mkdirSync(configDir, { recursive: true });
  mkdirSync(join(dir, 'run'), { recursive: true, mode: 0o700 });
  const profiles = { dev: { ssh_host: 'dev', ssh_config: cluster().sshConfig } };
  writeFileSync(join(configDir, 'config.json'), JSON.stringify({ profiles }));
  const clear = () => rmSync(directory(), { recursive: true, force: true });
  clear();
  // Other suites share the account.
  onTestFinished(clear);
});

async function secret(verb: string, args: readonly string[] = [], stdin = '') {
  const ran = await srunx(['ssh', 'secret', verb, ...args], { stdin });
  return { ...ran, said: ran.stdout + ran.stderr };
}

async function set(name: string, value: string): Promise<void> {
  const ran = await secret('set', [name, '--stdin'], value);
  expect(ran.code, ran.stderr).toBe(0);
}

const namesOf = async () => (await secret('list', ['--format', 'ids'])).stdout.split('\n').filter(Boolean);

const digest = (value: string) => createHash('sha256').update(value).digest('hex');

/** A job that shows what it got without showing it. */
function tellTale(names: readonly string[], head = ''): string {
  const lines = names.map(
    (name) => `printf '${name} %s\\n' "$(printf %s "\${${name}-none}" | sha256sum | cut -c1-64)"`,
  );
  return ['#!/bin/bash', head, ...lines, 'echo "text [${SRUNX_SECRETS+there}]"', ''].join('\n');
}

/** Submits, waits, and returns the words of the log by the first of each line. */
async function runJob(args: readonly string[], words: readonly string[] = []) {
  const ran = await srunx(['sbatch', '--wait', '--output=tell-%j.log', ...args, ...words]);
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const id = /job (\d+)/.exec(ran.stdout + ran.stderr)?.[1];
  const log = readFileSync(join(cluster().home, `tell-${id}.log`), 'utf8');
  const got = Object.fromEntries(
    log
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')),
  );
  return { got, stderr: ran.stderr };
}

/**
 * Looks at the command lines of all processes of this machine, which is the cluster, too, until `act` has ended. A process of its own
 * does, because many of them live for a few milliseconds.
 */
async function commandLinesDuring(act: () => Promise<unknown>): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['-e', watcher], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    await act();
    const said = text(child.stdout);
    child.stdin.end();
    return JSON.parse(await said) as string[];
  } finally {
    child.kill();
  }
}

/** The script that sets it, at the other end. */
const setHidden = /\0set\0[0-9a-f]{8}\0HIDDEN\0$/;

function commandLines(): readonly string[] {
  return listProcesses().map(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    } catch {
      // It has ended meanwhile.
      return '';
    }
  });
}

const watcher = `const { readdirSync, readFileSync } = require('node:fs');
const seen = new Set();
const look = () => {
  for (const pid of readdirSync('/proc')) {
    if (!(pid > 0)) continue;
    try { seen.add(readFileSync('/proc/' + pid + '/cmdline', 'latin1')); } catch { /* It has ended meanwhile. */ }
  }
  timer = setImmediate(look);
};
let timer = setImmediate(look);
process.stdin.resume().on('end', () => {
  clearImmediate(timer);
  process.stdout.write(JSON.stringify([...seen]));
});
process.stdout.write(' ');`;

describe('the secrets of an account', () => {
  it('are set, listed by name, changed and removed', async () => {
    expect(await namesOf()).toEqual([]);
    const first = await secret('set', ['HF_TOKEN', '--stdin'], "it's hunter2\n");
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain('HF_TOKEN is set on dev');
    const second = await srunx(['ssh', 'secret', 'set', 'WANDB', '--from-env', 'MINE'], { env: { MINE: 'w$(x)' } });
    expect(second.code, second.stderr).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe("export HF_TOKEN='it'\\''s hunter2'\nexport WANDB='w$(x)'\n");
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(directory()).mode & 0o777).toBe(0o700);
    expect((await secret('set', ['HF_TOKEN', '--stdin'], 'other')).stderr).toContain('HF_TOKEN is changed');
    expect(await namesOf()).toEqual(['HF_TOKEN', 'WANDB']);
    expect(JSON.parse((await secret('list', ['--json'])).stdout)).toEqual([
      { name: 'HF_TOKEN', delivered: true },
      { name: 'WANDB', delivered: true },
    ]);
    const unset = await secret('unset', ['HF_TOKEN', 'NOPE', 'WANDB']);
    expect(unset).toMatchObject({ code: 0, stdout: '' });
    expect(unset.stderr).toContain('HF_TOKEN, WANDB removed');
    expect(unset.stderr).toContain('NOPE was not set');
    expect(existsSync(file())).toBe(false);
  });

  it('are asked for at a terminal, which shows nothing of them', async () => {
    const {
      ended,
      write: type,
      stdout,
    } = startAtTerminal(['ssh', 'secret', 'set', 'TYPED'], { columns: 90, rows: 20 });
    await expect.poll(stdout, { timeout: 20_000 }).toContain('TYPED: ');
    type('hunter2 typed\r');
    const ran = await ended;
    expect(ran.code, ran.stdout).toBe(0);
    expect(ran.stdout).not.toContain('hunter2');
    expect(readFileSync(file(), 'utf8')).toBe("export TYPED='hunter2 typed'\n");
  });

  it('stay as they are where a program that should have written one has failed', async () => {
    await secret('set', ['KEPT', '--stdin'], 'hunter2');
    const nothing = await secret('set', ['KEPT', '--stdin']);
    expect([nothing.code, nothing.said]).toEqual([8, expect.stringContaining('error[secret.nothing_read]')]);
    expect(readFileSync(file(), 'utf8')).toBe("export KEPT='hunter2'\n");
    expect((await secret('set', ['KEPT', '--stdin'], '\n')).code).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe("export KEPT=''\n");
  });

  it('are not taken from the command line, nor shown in what is said to that', async () => {
    for (const args of [['A=hunter2'], ['A', 'hunter2'], ['hunter2-x', '--stdin'], ['A', '--from-env', 'hunter2-x']]) {
      const ran = await secret('set', args);
      expect(ran.code, ran.said).toBe(2);
      expect(ran.said).not.toContain('hunter2');
    }
    const lines = await srunx(['ssh', 'secret', 'set', 'A', '--stdin'], {
      stdin: 'hunter2\nhunter3\n',
      env: { SRUNX_DEBUG: '1' },
    });
    expect(lines.code).toBe(2);
    expect(lines.stdout + lines.stderr).not.toMatch(/hunter[23]/);
    expect(existsSync(file())).toBe(false);
  });

  it('are of no use where jobs run on this machine', async () => {
    const ran = await srunx(['ssh', 'secret', 'list'], { env: { SRUNX_SSH_PROFILE: '' } });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('error[usage.secret_target]');
  });

  it('are left alone where the file is not as srunx writes it', async () => {
    await set('A', '1');
    writeFileSync(file(), "export A='1'\nexport B=hunter2\n");
    const ran = await srunx(['ssh', 'secret', 'set', 'C', '--stdin'], { stdin: 'hunter3', env: { SRUNX_DEBUG: '1' } });
    expect(ran.code).toBe(8);
    expect(ran.stderr).toContain('error[secret.tampered]');
    expect(ran.stderr).toContain(`${file()}:2 has a line`);
    expect(ran.stderr).not.toMatch(/hunter[23]/);
    expect(readFileSync(file(), 'utf8')).toBe("export A='1'\nexport B=hunter2\n");
  });

  it('are all there after ten have been set at once', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `KEY_${index}`);
    await set('FIRST', '0');
    await Promise.all(names.map((name) => set(name, `value of ${name}`)));
    expect((await namesOf()).toSorted()).toEqual(['FIRST', ...names]);
    expect(readdirSync(directory())).toEqual(['secrets.env']);
  });
});

describe('a job that is submitted over ssh', () => {
  it('gets the secrets, whatever they are called', async () => {
    const values = { HF_TOKEN: "it's $(x) 日本語", token: 'lower', secrets: 's', plan: 'p' };
    for (const [name, value] of Object.entries(values)) await set(name, value);
    write('tell.sh', tellTale(Object.keys(values)));
    const { got, stderr } = await runJob(['tell.sh']);
    const expected = Object.entries(values).map(([name, value]) => [name, digest(value)]);
    expect(got, stderr).toEqual({ ...Object.fromEntries(expected), text: '[]' });
  });

  it('gets them before its own variables, and in spite of what its script exports', async () => {
    await set('A', 'of the account');
    await set('B', 'of the account');
    write('none.sh', tellTale(['A', 'B'], '#SBATCH --export=NONE'));
    expect((await runJob(['--env', 'A=mine', 'none.sh'])).got).toMatchObject({
      A: digest('mine'),
      B: digest('of the account'),
    });
    expect((await runJob(['none.sh'])).got).toMatchObject({ A: digest('of the account'), B: digest('of the account') });
  });

  it('does not where its options say so, or where there are none', async () => {
    write('none.sh', tellTale(['A', 'PRESET'], '#SBATCH --export=PRESET=1'));
    expect((await runJob(['none.sh'])).got).toMatchObject({ A: digest('none'), PRESET: digest('1') });
    await set('A', 'of the account');
    expect((await runJob(['--export=NONE', 'none.sh'])).got).toMatchObject({ A: digest('none') });
    expect((await runJob(['none.sh'])).got).toMatchObject({ A: digest('of the account'), PRESET: digest('none') });
  });

  it('goes without them where the file is not safe, and says so', async () => {
    await set('A', 'hunter2');
    writeFileSync(file(), `${readFileSync(file(), 'utf8')}id\n`);
    write('tell.sh', tellTale(['A']));
    const { got, stderr } = await runJob(['tell.sh']);
    expect(got).toMatchObject({ A: digest('none') });
    expect(stderr).toContain(`without the secrets of the account: ${file()}:2 has a line`);
    expect(stderr).not.toContain('hunter2');
  });

  it('has them asked about by --test-only, too', async () => {
    await set('A', 'hunter2');
    const ran = await srunx(['sbatch', '--test-only', '--env', 'A=mine', '--wrap', 'true']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('to start at');
  });

  it('gets them as one of a workflow', async () => {
    await set('A', 'of the account');
    await set('B', 'of the account');
    const command = (name: string) => `printf %s \\"$A-$B\\" | sha256sum > $HOME/told-${name}`;
    write(
      'flow.yaml',
      `name: told
jobs:
  - {name: one, command: "${command('one')}"}
  - {name: two, command: "${command('two')}", depends_on: [one], environment: {env_vars: {A: mine}}}
`,
    );
    const ran = await srunx(['flow', 'run', 'flow.yaml']);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    const told = (name: string) => readFileSync(join(cluster().home, `told-${name}`), 'utf8').slice(0, 64);
    expect(told('one')).toBe(digest('of the account-of the account'));
    expect(told('two')).toBe(digest('mine-of the account'));
  });

  it('does not show a value on any command line, when it is set or handed on', async () => {
    const value = `hunter2-${process.pid}`;
    const base64 = Buffer.from(`export HIDDEN='${value}'\n`).toString('base64');
    write('tell.sh', tellTale(['HIDDEN']));
    const lock = join(directory(), '.secrets.lock');
    const seen = await commandLinesDuring(async () => {
      await set('HIDDEN', value);
      // It waits with the value in its hands, so that it can be looked at.
      mkdirSync(lock);
      const waiting = set('HIDDEN', value);
      await expect.poll(commandLines, { timeout: 20_000 }).toContainEqual(expect.stringMatching(setHidden));
      rmdirSync(lock);
      await waiting;
      await secret('list');
      for (let round = 0; round < 5; round += 1) {
        expect((await runJob(['tell.sh'])).got).toMatchObject({ HIDDEN: digest(value) });
        expect((await srunx(['sbatch', '--test-only', '--wrap', 'true'])).code).toBe(0);
      }
      await secret('unset', ['HIDDEN']);
    });
    // The net was close enough to catch what it should.
    expect(seen.some((line) => setHidden.test(line))).toBe(true);
    expect(seen.some((line) => line.endsWith('/handover.sh\0'))).toBe(true);
    expect(seen.filter((line) => line.includes(value) || line.includes(base64.slice(0, 40)))).toEqual([]);
  });
});
