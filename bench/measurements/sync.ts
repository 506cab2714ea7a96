import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { type SshVariant, type SshVariantOptions, startSshVariant } from '../../dev/ssh-variants.ts';
import { type Measured, median, ms, peakMegabytes, program, timeCommand } from '../measure.ts';
import { delayMs, saveProfile } from './ssh.ts';

const files = 2_000;
const bytesPerFile = 7_000;
const rounds = 7;

/** What a sync of a mount takes as a whole process, beside rsync alone over a connection that is open, too. */
export async function measureSync(cluster: DevCluster, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const far = await withMount({ cluster, env, options: { relay: { delayMs } } }, measureTimes);
  // The relay is in this process, which waits for the other one here.
  const near = await withMount({ cluster, env, options: {} }, measureMemory);
  return [...far, ...near];
}

interface Mounted {
  readonly variant: SshVariant;
  readonly env: NodeJS.ProcessEnv;
  readonly dir: string;
}

interface Wish {
  readonly cluster: DevCluster;
  readonly env: NodeJS.ProcessEnv;
  readonly options: SshVariantOptions;
}

async function withMount(
  { cluster, env, options }: Wish,
  measure: (mounted: Mounted) => Promise<Measured[]>,
): Promise<Measured[]> {
  await using variant = await startSshVariant(cluster, options);
  const dir = mkdtempSync('/tmp/srx-');
  try {
    const state = join(dir, 'state');
    const own = { XDG_RUNTIME_DIR: dir, XDG_CONFIG_HOME: saveProfile(dir, variant), XDG_STATE_HOME: state };
    const mounted = { variant, dir, env: { ...env, ...own } };
    const rows = await measure(mounted);
    await timeCommand({ argv: [process.execPath, program, 'ssh', 'logout', 'dev'], env: mounted.env });
    return rows;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Each has its own directory there. */
function setMount({ dir, variant }: Mounted, name: string): void {
  const mounts = [{ name: 'code', local: join(dir, 'code'), remote: join(variant.home, name) }];
  const config = { profiles: { dev: { ssh_host: 'dev', mounts } } };
  writeFileSync(join(dir, 'config', 'srunx', 'config.json'), JSON.stringify(config));
}

function makeTree(directory: string, count: number, content: (index: number) => string): void {
  for (let index = 0; index < count; index += 1) {
    const folder = join(directory, `part-${Math.floor(index / 100)}`);
    if (index % 100 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `module-${index}.py`), content(index));
  }
}

const syncWords = [process.execPath, program, 'ssh', 'sync', 'dev', '--yes', '--quiet'] as const;

async function measureTimes(mounted: Mounted): Promise<Measured[]> {
  const { dir, env, variant } = mounted;
  makeTree(join(dir, 'code'), files, (index) => `value = ${index}\n`.repeat(bytesPerFile).slice(0, bytesPerFile));
  const shell = `ssh -F ${variant.sshConfig} -o ControlPath=${dir}/bare -o ControlMaster=auto -o ControlPersist=300`;
  const ours = async () => (await timeCommand({ argv: syncWords, env })).ms;
  const bare = async (name: string) => {
    const argv = ['rsync', '-az', '-e', shell, `${dir}/code/`, `dev:${name}/`] as const;
    return (await timeCommand({ argv, env })).ms;
  };
  setMount(mounted, 'warm');
  const [ssh = 'ssh', ...options] = shell.split(' ');
  await timeCommand({ argv: [ssh, ...options, 'dev', 'true'], env });
  await ours();
  const first = await inTurn(3, {
    ours: (round) => {
      setMount(mounted, `ours-${round}`);
      return ours();
    },
    theirs: (round) => bare(`bare-${round}`),
  });
  const unchanged = await inTurn(rounds, { ours, theirs: () => bare('bare-1') });
  const forgotten = await inTurn(rounds, {
    ours: () => {
      rmSync(join(dir, 'state'), { recursive: true });
      return ours();
    },
    theirs: () => bare('bare-1'),
  });
  const edited = await inTurn(rounds, {
    ours: () => edit(dir, ours),
    theirs: () => edit(dir, () => bare('bare-1')),
  });
  const added = await inTurn(rounds, {
    ours: (round) => add(dir, `ours-${round}`, ours),
    theirs: (round) => add(dir, `bare-${round}`, () => bare('bare-1')),
  });
  const trip = 2 * delayMs;
  return [
    {
      what: `first sync, ${files} files`,
      value: ms(first.ours),
      reference: `rsync ${ms(first.theirs)}, ${(first.ours / first.theirs).toFixed(2)} x`,
      limit: '1.1 x',
      withinLimit: first.ours <= 1.1 * first.theirs,
    },
    {
      what: 'sync, nothing has changed',
      value: ms(unchanged.ours),
      reference: `round trip ${trip} ms, rsync ${ms(unchanged.theirs)}`,
      limit: `${trip} + 80 ms`,
      withinLimit: unchanged.ours <= trip + 80,
    },
    {
      what: 'the same, nothing is remembered',
      value: ms(forgotten.ours),
      reference: `rsync ${ms(forgotten.theirs)}, difference ${ms(forgotten.ours - forgotten.theirs)}`,
      limit: '+ 60 ms',
      withinLimit: forgotten.ours <= forgotten.theirs + 60,
    },
    {
      what: 'sync, one file was edited',
      value: ms(edited.ours),
      reference: `rsync ${ms(edited.theirs)}, difference ${ms(edited.ours - edited.theirs)}`,
      limit: '+ 60 ms',
      withinLimit: edited.ours <= edited.theirs + 60,
    },
    {
      what: 'sync, one file is new',
      value: ms(added.ours),
      reference: `rsync ${ms(added.theirs)}, difference ${ms(added.ours - added.theirs)}`,
      limit: '+ 60 ms',
      withinLimit: added.ours <= added.theirs + 60,
    },
  ];
}

/** Not in the second in which it is sent: that one is waited for. */
async function edit(dir: string, measure: () => Promise<number>): Promise<number> {
  appendFileSync(join(dir, 'code', 'part-0', 'module-7.py'), '# edited\n');
  await sleep(1_100);
  return measure();
}

async function add(dir: string, name: string, measure: () => Promise<number>): Promise<number> {
  writeFileSync(join(dir, 'code', 'part-0', `${name}.py`), '# new\n');
  await sleep(1_100);
  return measure();
}

interface Pair {
  readonly ours: (round: number) => Promise<number>;
  readonly theirs: (round: number) => Promise<number>;
}

/** In turn, so that a busy moment hits both; the first round does not count. */
async function inTurn(times: number, pair: Pair): Promise<{ readonly ours: number; readonly theirs: number }> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round <= times; round += 1) {
    ours.push(await pair.ours(round));
    theirs.push(await pair.theirs(round));
  }
  return { ours: median(ours.slice(1)), theirs: median(theirs.slice(1)) };
}

/** So much more than one file may many take, however many these are: names are kept as bytes, and texts of all of them are made in pieces. */
const megabytesOfMany = 60;

async function measureMemory(mounted: Mounted): Promise<Measured[]> {
  const { dir, env } = mounted;
  const rows: Measured[] = [];
  let base = 0;
  for (const count of [1, 20_000, 200_000]) {
    rmSync(join(dir, 'code'), { recursive: true, force: true });
    makeTree(join(dir, 'code'), count, (index) => `value = ${index}\n`);
    setMount(mounted, `many-${count}`);
    const first = peakMegabytes({ argv: syncWords, env }).megabytes;
    const unchanged = peakMegabytes({ argv: syncWords, env }).megabytes;
    if (count === 1) base = first;
    const most = base + megabytesOfMany;
    rows.push({
      what: `memory of a sync, ${count} files`,
      value: `first ${Math.round(first)} MB, unchanged ${Math.round(unchanged)} MB`,
      reference: `one file: ${Math.round(base)} MB`,
      limit: `${Math.round(most)} MB`,
      withinLimit: Math.max(first, unchanged) <= most,
    });
  }
  return rows;
}
