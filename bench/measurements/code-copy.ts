import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { startSshVariant } from '../../dev/ssh-variants.ts';
import { type Measured, median, ms, program, timeCommand } from '../measure.ts';

const files = 20_000;
const limitMs = 2_000;
const rounds = 5;

/** What a submission takes longer with a copy of the code, beside `cp -al` of the same files. */
export async function measureCodeCopy(cluster: DevCluster, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  await using variant = await startSshVariant(cluster, {});
  // Short, for the sake of the socket.
  const dir = mkdtempSync('/tmp/srx-');
  try {
    const [local, remote] = [join(dir, 'code'), join(variant.home, 'code')];
    writeFiles(local);
    const config = join(dir, 'config', 'srunx');
    mkdirSync(config, { recursive: true });
    const save = (name: string, dev: object) =>
      writeFileSync(join(config, name), JSON.stringify({ profiles: { dev } }));
    save('config.json', { ssh_host: 'dev', mounts: [{ name: 'code', local, remote }] });
    save('extra.json', { ssh_config: variant.sshConfig });
    const ours = { ...env, XDG_RUNTIME_DIR: dir, XDG_CONFIG_HOME: join(dir, 'config') };
    const submit = async (...words: readonly string[]) => {
      const argv = [process.execPath, program, 'sbatch', '-H', '-q', ...words, '--profile', 'dev', '--wrap', 'true'];
      return (await timeCommand({ argv: argv as [string, ...string[]], env: ours, cwd: local })).ms;
    };
    const first = await submit('--snapshot');
    const times = {
      plain: [] as number[],
      copied: [] as number[],
      sent: [] as number[],
      changed: [] as number[],
      links: [] as number[],
    };
    const beside = join(variant.home, '.code.srunx');
    const tree = join(beside, 'trees', readdirSync(join(beside, 'trees')).find((name) => !name.includes('.')) ?? '');
    for (let round = 0; round < rounds; round += 1) {
      times.plain.push(await submit('--no-snapshot'));
      times.copied.push(await submit('--snapshot'));
      times.links.push((await timeCommand({ argv: ['cp', '-al', tree, join(beside, `links-${round}`)], env })).ms);
      const change = (text: string) => writeFileSync(join(local, 'd0', 'f0.py'), `${text} ${round}\n`);
      change('sent');
      times.sent.push(await submit('--no-snapshot'));
      change('copied');
      times.changed.push(await submit('--snapshot'));
    }
    await timeCommand({ argv: [process.execPath, program, 'ssh', 'logout', 'dev'], env: ours });
    return rowsOf({ first, times });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function writeFiles(local: string): void {
  for (let at = 0; at < files; at += 1) {
    const folder = join(local, `d${at % 200}`);
    if (at < 200) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${Math.floor(at / 200)}.py`), `# file ${at}\n`.repeat(50));
  }
}

interface Timed {
  readonly first: number;
  readonly times: Readonly<Record<'plain' | 'copied' | 'sent' | 'changed' | 'links', readonly number[]>>;
}

function rowsOf({ first, times }: Timed): Measured[] {
  const links = ms(median(times.links));
  const row = (what: string, took: number, plain: number): Measured => ({
    what,
    value: `+ ${ms(took - plain)}`,
    reference: `of ${ms(took)}; without a copy ${ms(plain)}; cp -al ${links}; the first one ${ms(first)}`,
    limit: `+ ${limitMs} ms`,
    withinLimit: took - plain <= limitMs,
  });
  return [
    row(`a copy of ${files} unchanged files`, median(times.copied), median(times.plain)),
    row(`a copy, one of ${files} files changed`, median(times.changed), median(times.sent)),
  ];
}
