import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { devClusterDir, readRecord } from './cluster-directory.ts';
import { listDaemons } from './daemon.ts';
import {
  type DevCluster,
  type DevClusterOptions,
  ensureDevCluster,
  openDevCluster,
  stopDevCluster,
} from './dev-cluster.ts';
import { run } from './processes.ts';

const usage = `A real Slurm cluster and an sshd on this machine.

  npm run cluster -- up       start it (again: says that it is up)
  npm run cluster -- status   what is running
  npm run cluster -- env      for a shell: eval "$(npm run -s cluster -- env)"
  npm run cluster -- shell    a shell that uses it
  npm run cluster -- down     end it and remove everything

  --name NAME | --dir DIR     one of several clusters (default: --name default)
up:
  --nodes N  --cpus N         4 nodes of 16 CPUs
  --no-accounting             no slurmdbd
  --scontrol missing|no-requeue   what jobs find under that name
  --max-submit N              each user may have N jobs in the queue
  --max-array-size N  --min-job-age SECONDS  --ssh-delay-ms N`;

const flags = {
  name: { type: 'string' },
  dir: { type: 'string' },
  nodes: { type: 'string' },
  cpus: { type: 'string' },
  accounting: { type: 'boolean' },
  scontrol: { type: 'string' },
  'max-array-size': { type: 'string' },
  'min-job-age': { type: 'string' },
  'max-submit': { type: 'string' },
  'ssh-delay-ms': { type: 'string' },
  help: { type: 'boolean' },
} as const;

const commands: Readonly<Record<string, (dir: string, options: DevClusterOptions) => Promise<number> | number>> = {
  help() {
    say(usage);
    return 0;
  },
  up,
  down,
  status,
  env(dir) {
    for (const [name, value] of Object.entries(environmentOf(requireCluster(dir)))) say(`export ${name}='${value}'`);
    return 0;
  },
  shell(dir) {
    const env = { ...process.env, ...environmentOf(requireCluster(dir)) };
    return spawnSync(process.env['SHELL'] ?? '/bin/sh', { stdio: 'inherit', env }).status ?? 1;
  },
};

async function up(dir: string, options: DevClusterOptions): Promise<number> {
  const running = openDevCluster(dir);
  if (running !== undefined) {
    say(`already up: ${describe(running)}`);
    return 0;
  }
  process.once('SIGINT', () => {
    // Another process cleans up, as this one goes on starting things until its end.
    spawn(process.execPath, [import.meta.filename, 'down', '--dir', dir], { detached: true, stdio: 'inherit' });
    process.exit(130);
  });
  const start = performance.now();
  const cluster = await ensureDevCluster({
    ...options,
    dir,
    onProgress: (text) => console.error(`cluster: ${text} …`),
  });
  say(`up in ${((performance.now() - start) / 1000).toFixed(1)} s: ${describe(cluster)}`);
  const which = dir === devClusterDir('default') ? '' : ` --dir ${dir}`;
  say(`next: eval "$(npm run -s cluster -- env${which})", then squeue, sbatch, or ssh -F "$SRUNX_DEV_SSH_CONFIG" dev`);
  return 0;
}

async function down(dir: string): Promise<number> {
  say((await stopDevCluster(dir)) ? `stopped, ${dir} removed` : 'not running');
  return 0;
}

async function status(dir: string): Promise<number> {
  if (readRecord(dir) === undefined) throw new Error('not running');
  const cluster = openDevCluster(dir);
  if (cluster !== undefined) say(describe(cluster));
  for (const { name, pid, isRunning } of listDaemons(dir)) {
    say(`  ${name.padEnd(12)} ${isRunning ? `pid ${pid}` : 'not running'}`);
  }
  if (cluster === undefined) throw new Error('damaged or not complete; `npm run cluster -- up` starts it anew');
  say(
    `memoryEnforced: ${cluster.memoryEnforced}${cluster.memoryEnforced ? '' : ' (that takes root and a cgroup v1 memory controller)'}`,
  );
  say((await run(['sinfo', '-N', '-o', '%6N %10P %8T %5c %7m %G'], cluster.env)).trimEnd());
  return 0;
}

function readOptions(values: Readonly<Record<string, string | boolean | undefined>>): DevClusterOptions {
  const { scontrol, accounting } = values;
  if (scontrol !== undefined && scontrol !== 'missing' && scontrol !== 'no-requeue') {
    throw new Error('--scontrol takes `missing` or `no-requeue`');
  }
  const number = (flag: keyof typeof flags, option: keyof DevClusterOptions) => {
    const text = values[flag];
    if (text === undefined) return {};
    if (!/^\d{1,9}$/.test(String(text))) throw new Error(`--${flag} takes a number, not ${text}`);
    return { [option]: Number(text) };
  };
  return {
    ...number('nodes', 'nodes'),
    ...number('cpus', 'cpus'),
    ...number('max-array-size', 'maxArraySize'),
    ...number('min-job-age', 'minJobAge'),
    ...number('max-submit', 'maxSubmit'),
    ...number('ssh-delay-ms', 'sshDelayMs'),
    ...(typeof accounting === 'boolean' ? { accounting } : {}),
    scontrol,
  };
}

function requireCluster(dir: string): DevCluster {
  const cluster = openDevCluster(dir);
  if (cluster === undefined) throw new Error('no cluster is running; start one with `npm run cluster -- up`');
  return cluster;
}

/** Of a person's shell, in which srunx has the profile `dev` besides. */
function environmentOf({ env, configHome }: DevCluster): NodeJS.ProcessEnv {
  return { ...env, XDG_CONFIG_HOME: configHome };
}

function describe({ clusterName, version, user, dir }: DevCluster): string {
  return `cluster ${clusterName}, Slurm ${version}, ssh user ${user}, ${dir}`;
}

function say(text: string): void {
  console.log(text);
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    allowNegative: true,
    options: flags,
  });
  const command = commands[values.help === true ? 'help' : (positionals[0] ?? '')];
  if (command === undefined) throw new Error(`a command is needed\n\n${usage}`);
  const dir = values.dir === undefined ? devClusterDir(values.name ?? 'default') : resolve(values.dir);
  return command(dir, readOptions(values));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`cluster: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
