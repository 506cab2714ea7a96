import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { type SshVariant, startSshVariant } from '../../dev/ssh-variants.ts';
import { SshShell } from '../../src/shell/ssh/ssh-shell.ts';
import { type Command, compare, type Measured, median, ms, program, timeCommand } from '../measure.ts';

/** Of a relay, in each direction: a round trip is twice that. */
export const delayMs = 20;

interface Remote {
  readonly variant: SshVariant;
  readonly env: NodeJS.ProcessEnv;
  readonly dir: string;
}

/** Commands over ssh beside bare ssh, 40 ms away; the relay is in this process, which does nothing else. */
export async function measureSsh(cluster: DevCluster, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  await using variant = await startSshVariant(cluster, { relay: { delayMs } });
  // Short, for the sake of the socket.
  const dir = mkdtempSync('/tmp/srx-');
  try {
    const remote = { variant, dir, env: { ...env, XDG_RUNTIME_DIR: dir, XDG_CONFIG_HOME: saveProfile(dir, variant) } };
    const rows = [
      await measureWarm(remote),
      await measureCold(remote),
      await measureChannel(remote),
      await measureSweep(remote),
    ];
    const before = variant.countLogins();
    for (let count = 0; count < 10; count += 1) await timeCommand(ours(remote));
    const logins = variant.countLogins() - before;
    rows.push({
      what: 'logins for ten commands',
      value: `${logins}`,
      reference: 'a connection is open',
      limit: '0',
      withinLimit: logins === 0,
    });
    await timeCommand({ argv: [process.execPath, program, 'ssh', 'logout', 'dev'], env: remote.env });
    return rows;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export function saveProfile(dir: string, { sshConfig }: SshVariant): string {
  const config = join(dir, 'config');
  mkdirSync(join(config, 'srunx'), { recursive: true });
  const save = (name: string, dev: object) =>
    writeFileSync(join(config, 'srunx', name), JSON.stringify({ profiles: { dev } }));
  save('config.json', { ssh_host: 'dev' });
  save('extra.json', { ssh_config: sshConfig });
  return config;
}

function ours({ env }: Remote): Command {
  return { argv: [process.execPath, program, 'squeue', '--me', '--profile', 'dev', '--quiet'], env };
}

function bare({ variant, env }: Remote, ...options: readonly string[]): Command {
  return { argv: ['ssh', '-F', variant.sshConfig, ...options, 'dev', 'squeue --me'], env };
}

async function measureWarm(remote: Remote): Promise<Measured> {
  const shared = ['-o', `ControlPath=${remote.dir}/bare`];
  await timeCommand(bare(remote, ...shared, '-o', 'ControlMaster=auto', '-o', 'ControlPersist=60'));
  const { ours: warm, theirs } = await compare({ ours: ours(remote), theirs: bare(remote, ...shared) }, 15);
  return {
    what: 'srunx squeue over ssh, warm',
    value: ms(warm),
    reference: `ssh squeue on a shared connection ${ms(theirs)}, difference ${ms(warm - theirs)}; round trip ${2 * delayMs} ms`,
    limit: '+ 40 ms',
    withinLimit: warm - theirs <= 40,
  };
}

async function measureCold(remote: Remote): Promise<Measured> {
  const [cold, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < 8; round += 1) {
    await timeCommand({ argv: [process.execPath, program, 'ssh', 'logout', 'dev'], env: remote.env });
    cold.push((await timeCommand(ours(remote))).ms);
    theirs.push((await timeCommand(bare(remote, '-o', 'ControlPath=none'))).ms);
  }
  const difference = median(cold) - median(theirs);
  return {
    what: 'srunx squeue over ssh, cold',
    value: ms(median(cold)),
    reference: `ssh squeue with a login ${ms(median(theirs))}, difference ${ms(difference)}`,
    limit: '+ 60 ms',
    withinLimit: difference <= 60,
  };
}

async function measureChannel({ variant, env }: Remote): Promise<Measured> {
  const account = { host: 'dev', configFile: variant.sshConfig };
  await using shell = new SshShell({ name: 'dev', account, env, home: homedir(), hostKeys: 'reject', persist: 60 });
  const times: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const start = performance.now();
    await shell.run({ argv: ['true'] });
    if (round > 4) times.push(performance.now() - start);
  }
  const roundTrip = await measureRoundTrip(variant);
  const over = median(times) - roundTrip;
  return {
    what: 'a command on an open channel',
    value: ms(median(times)),
    reference: `a byte to \`cat\` and back ${ms(roundTrip)}, difference ${ms(over)}`,
    limit: '+ 5 ms',
    withinLimit: over <= 5,
  };
}

/** Through the same relay, by an ssh of its own. */
async function measureRoundTrip({ sshConfig }: SshVariant): Promise<number> {
  const child = spawn('ssh', ['-F', sshConfig, '-o', 'ControlPath=none', 'dev', 'cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const times: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const start = performance.now();
    child.stdin.write('.');
    await once(child.stdout, 'data');
    if (round > 4) times.push(performance.now() - start);
  }
  child.stdin.end();
  await once(child, 'close');
  return median(times);
}

async function measureSweep(remote: Remote): Promise<Measured> {
  const file = join(remote.dir, 'grid.yaml');
  const job = (name: string, after: string) => `  - {name: ${name}, launcher: none, command: "true"${after}}\n`;
  const jobs = [job('train', ''), job('eval', ', depends_on: [train]'), job('report', ', depends_on: [eval]')];
  writeFileSync(
    file,
    `name: grid\nsweep: {matrix: {a: {range: [0, 100]}, b: {range: [0, 10]}}, max_parallel: 4}\njobs:\n${jobs.join('')}`,
  );
  const { env } = remote;
  const { ms: took, stdout } = await timeCommand({
    argv: [process.execPath, program, 'flow', 'run', '--profile', 'dev', file, '--detach'],
    env,
  });
  await timeCommand({ argv: [process.execPath, program, 'sweep', 'cancel', stdout.trim()], env });
  return {
    what: '1,000 cells x 3 handed over by ssh',
    value: ms(took),
    reference: `round trip ${2 * delayMs} ms`,
    limit: '2.5 s',
    withinLimit: took <= 2_500,
  };
}
