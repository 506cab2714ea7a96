import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { type SshVariant, startSshVariant } from '../../dev/ssh-variants.ts';
import { type Measured, median, ms, program, timeCommand } from '../measure.ts';
import { delayMs, saveProfile } from './ssh.ts';

/** What is there to be looked at. */
interface Things {
  /** Of a held array, of which each command takes another task. */
  readonly held: string;
  readonly ended: string;
  readonly run: string;
  readonly sweep: string;
  readonly flow: string;
  readonly grid: string;
}

/** Words of ours, and the command at the other end that does the same, if there is one. */
type Row = readonly [ours: string, bare?: string];

/** `#` is a number that is another one each time. */
const rows = ({ held, ended, run, sweep, flow, grid }: Things): readonly Row[] => [
  ['sbatch -H --wrap true', 'sbatch -H --wrap true'],
  ['squeue --me', 'squeue --me'],
  [`scancel ${held}_#`, `scancel ${held}_#`],
  [`show ${held}_1`, `scontrol show job ${held}_1`],
  ['eta', 'squeue --me --start'],
  ['prio', 'squeue --me -o %Q'],
  [`hold ${held}_#`, `scontrol hold ${held}_#`],
  [`release ${held}_#`, `scontrol release ${held}_#`],
  [`update ${held}_# --time 5`, `scontrol update jobid=${held}_# timelimit=5`],
  ['sacct', 'sacct'],
  [`tail ${ended}`, `cat slurm-${ended}.out`],
  [`watch jobs ${ended}`, `squeue -j ${ended}`],
  ['sinfo', 'sinfo'],
  ['gpus', 'sinfo -O gres,gresused'],
  ['limits', 'scontrol show partition'],
  ['doctor', 'true'],
  ['history', 'true'],
  [`history show ${ended}`, 'true'],
  [`get ${run}`, 'true'],
  ['prune --older-than 30d --dry-run', 'true'],
  [`flow validate ${flow}`],
  [`flow plan ${flow}`, 'true'],
  [`flow graph ${flow}`],
  [`flow run ${flow} --detach`, 'sbatch -H --wrap true'],
  [`flow status ${run}`, 'true'],
  [`flow attach ${run}`, 'true'],
  [`flow show ${run}`, 'true'],
  [`flow logs ${run}`, 'true'],
  ['flow list', 'true'],
  [`flow rerun ${run} --detach`, 'sbatch -H --wrap true'],
  [`flow cancel ${run}`, 'true'],
  [`flow run ${grid} --detach`, 'sbatch -H --wrap true'],
  ['sweep list', 'true'],
  [`sweep status ${sweep}`, 'true'],
  [`sweep show ${sweep}`, 'true'],
  [`sweep results ${sweep}`, 'true'],
  [`sweep logs ${sweep} one`, 'true'],
  [`sweep attach ${sweep}`, 'true'],
  [`sweep pause ${sweep}`, 'true'],
  [`sweep resume ${sweep}`, 'true'],
  [`sweep cancel ${sweep}`, 'true'],
  ['ssh login', 'true'],
  ['ssh test', 'true'],
  ['ssh doctor', 'true'],
  ['ssh show'],
  ['ssh secret list', 'true'],
  ['ssh secret set KEY --from-env HOME', 'true'],
  ['ssh secret unset KEY', 'true'],
];

/** Every command that goes to a cluster, as the account behind ssh 40 ms away; cold: with a login. What ends with a code says so. */
export async function measureSshCommands(cluster: DevCluster, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  await using variant = await startSshVariant(cluster, { relay: { delayMs } });
  const dir = mkdtempSync('/tmp/srx-');
  try {
    const remote = { ...env, XDG_RUNTIME_DIR: dir, XDG_CONFIG_HOME: saveProfile(dir, variant) };
    const bench = new Bench(variant, remote, dir);
    const things = await bench.prepare();
    const measured: Measured[] = [];
    for (const row of rows(things)) measured.push(await bench.measure(row));
    await bench.ours('ssh logout');
    return measured;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

class Bench {
  readonly #variant: SshVariant;
  readonly #env: NodeJS.ProcessEnv;
  readonly #dir: string;
  #count = 10;

  constructor(variant: SshVariant, env: NodeJS.ProcessEnv, dir: string) {
    [this.#variant, this.#env, this.#dir] = [variant, env, dir];
  }

  async prepare(): Promise<Things> {
    const write = (name: string, text: string) => {
      writeFileSync(join(this.#dir, name), text);
      return join(this.#dir, name);
    };
    mkdirSync(join(this.#dir, 'work'));
    const job = 'jobs:\n  - {name: one, launcher: none, command: "echo done"}\n';
    const flow = write('flow.yaml', `name: flow\n${job}`);
    const grid = write('grid.yaml', `name: grid\nsweep: {max_parallel: 2, matrix: {a: [1, 2]}}\n${job}`);
    const id = (text: string) => /\d+/.exec(text)?.[0] ?? '';
    return {
      ...{ flow, grid },
      held: id((await this.bare('sbatch -H --array=0-999 --wrap true', 'warm')).stdout),
      ended: id((await this.ours('sbatch --wait --wrap true')).stdout),
      run: (await this.ours(`flow run ${flow} --json`)).stdout.match(/"run_id": ?"(\w+)"/)?.[1] ?? '',
      sweep: (await this.ours(`flow run ${grid} --json`)).stdout.match(/"run_id": ?"(\w+)"/)?.[1] ?? '',
    };
  }

  async measure([words, bare]: Row): Promise<Measured> {
    const times = { warm: [] as number[], cold: [] as number[], bareWarm: [] as number[], bareCold: [] as number[] };
    let code = 0;
    for (let round = 0; round < 4; round += 1) {
      const ran = await this.ours(words);
      code = Math.max(code, ran.code);
      if (round > 0) times.warm.push(ran.ms);
      if (bare !== undefined) times.bareWarm.push((await this.bare(bare, 'warm')).ms);
    }
    for (let round = 0; round < 2; round += 1) {
      await this.ours('ssh logout');
      times.cold.push((await this.ours(words)).ms);
      if (bare !== undefined) times.bareCold.push((await this.bare(bare, 'cold')).ms);
    }
    const [warm, cold] = [median(times.warm), median(times.cold)];
    const [bareWarm, bareCold] = [median(times.bareWarm), median(times.bareCold)];
    const beside = `ssh ${bare}: ${ms(bareWarm)} and ${ms(bareCold)}, difference ${ms(warm - bareWarm)} and ${ms(cold - bareCold)}`;
    return {
      what: words.replaceAll(`${this.#dir}/`, ''),
      value: `warm ${ms(warm)}, cold ${ms(cold)}${code === 0 ? '' : `, code ${code}`}`,
      reference: bare === undefined ? 'asks nobody' : beside,
      limit: '+ 40 ms, + 60 ms',
      withinLimit: bare === undefined || (warm - bareWarm <= 40 && cold - bareCold <= 60),
    };
  }

  ours(words: string) {
    const argv = [process.execPath, program, ...this.#numbered(words).split(' ')] as const;
    if (words === 'ssh logout') return this.#time([...argv, 'dev']);
    const isQuiet = words !== 'ssh show';
    return this.#time([...argv, '--profile', 'dev', ...(isQuiet ? ['--quiet'] : [])]);
  }

  bare(command: string, how: 'warm' | 'cold') {
    const path = how === 'cold' ? 'none' : `${this.#dir}/bare`;
    const shared = ['-o', `ControlPath=${path}`, '-o', 'ControlMaster=auto', '-o', 'ControlPersist=300'];
    return this.#time(['ssh', '-F', this.#variant.sshConfig, ...shared, 'dev', this.#numbered(command)]);
  }

  #numbered(words: string): string {
    this.#count += 1;
    return words.replace('#', String(this.#count % 1_000));
  }

  async #time(argv: readonly [string, ...string[]]) {
    const start = performance.now();
    try {
      return { code: 0, ...(await timeCommand({ argv, env: this.#env, cwd: join(this.#dir, 'work') })) };
    } catch (error) {
      const code = Number(/ended with (\d+)/.exec(String(error))?.[1] ?? 1);
      console.error(String(error).slice(0, 400));
      return { code, ms: performance.now() - start, stdout: '' };
    }
  }
}
