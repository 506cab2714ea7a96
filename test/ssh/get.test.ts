import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { TcpRelay } from '../../dev/tcp-relay.ts';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const variant = useSshVariant(cluster, {
  relay: { delayMs: 20 },
  clientSettings: ['ServerAliveInterval 1', 'ServerAliveCountMax 3', 'Compression no'],
});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
chmodSync(runtime, 0o700);
const config = join(runtime, 'config');
const { srunx, start, work, submit } = useSandbox(() => ({
  XDG_CONFIG_HOME: config,
  XDG_RUNTIME_DIR: runtime,
  SRUNX_SSH_PROFILE: 'dev',
}));
const relay = (): TcpRelay => {
  const { relay: one } = variant();
  if (one === undefined) throw new Error('there is no relay');
  return one;
};

interface GotFile {
  readonly outcome: string;
  readonly path: string | null;
  readonly bytes: number;
  readonly message: string | null;
}

async function get(...words: string[]) {
  const before = relay().passed.toClient;
  const at = performance.now();
  const { code, stdout, stderr } = await srunx(['get', job, ...words, '--json', '-q']);
  const files = (stdout === '' ? [] : JSON.parse(stdout)) as readonly GotFile[];
  const ms = performance.now() - at;
  return { code, files, stderr, ms, came: relay().passed.toClient - before };
}

const outcomes = (files: readonly GotFile[]) => [...new Set(files.map(({ outcome }) => outcome))].sort();
const partials = (directory: string) => readdirSync(directory).filter((name) => name.startsWith('.srunx-'));

let job: string;

const results = `mkdir -p many odd big closed/directory
i=0; while [ $i -lt 2000 ]; do head -c 7000 /dev/urandom >many/$i.npy; i=$((i+1)); done
head -c 20000000 /dev/urandom >big/model.pt; head -c 5000000 /dev/urandom >big/other.pt
echo 1 >"odd/it's \\$(x)"; echo 2 >"$(printf 'odd/f\\377\\n\\"')"; echo 3 >"odd/$(printf '%255s' | tr ' ' z)"; ln -s /etc/passwd odd/away; ln -s ../many odd/up
touch -d '2030-01-02 03:04:05.123456789Z' big/model.pt; chmod 640 big/model.pt
echo 1 >closed/open; echo 2 >closed/secret; echo 3 >closed/directory/file; chmod 0 closed/secret closed/directory`;

beforeAll(async () => {
  mkdirSync(join(config, 'srunx'), { recursive: true });
  const profiles = (dev: object) => JSON.stringify({ profiles: { dev } });
  writeFileSync(join(config, 'srunx', 'config.json'), profiles({ ssh_host: 'dev' }));
  writeFileSync(join(config, 'srunx', 'extra.json'), profiles({ ssh_config: variant().sshConfig }));
  job = (await submit(['--wait', '-q', '--wrap', results])).trim();
}, 120_000);
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

const there = (name: string) => readFileSync(join(variant().home, name));

describe('srunx get over ssh', () => {
  it('brings many small files in a moment, and once', async () => {
    const { code, files, stderr, ms } = await get('many', '--to', 'small');
    expect([code, outcomes(files), files.length], stderr).toEqual([0, ['copied'], 2001]);
    // A round trip for each of them would be eighty seconds.
    expect(ms).toBeLessThan(30_000);
    for (const name of ['0.npy', '1234.npy', '1999.npy']) {
      expect(readFileSync(join(work, 'small/many', name)).equals(there(`many/${name}`))).toBe(true);
    }
    const again = await get('many', '--to', 'small');
    expect(outcomes(again.files)).toEqual(['unchanged']);
    expect(again.came).toBeLessThan(1_000_000);
  });

  it('brings what fits a pattern, every byte, mode and time, whatever the names are', async () => {
    const { code, files, stderr } = await get('big/*.pt', 'odd', '--to', 'patterns');
    expect([code, outcomes(files)], stderr).toEqual([0, ['copied', 'skipped']]);
    expect(readFileSync(join(work, 'patterns/big/model.pt')).equals(there('big/model.pt'))).toBe(true);
    const { mode, mtimeMs } = statSync(join(work, 'patterns/big/model.pt'));
    expect([mode & 0o777, Math.floor(mtimeMs)]).toEqual([0o640, Date.parse('2030-01-02T03:04:05.123Z')]);
    const odd = readdirSync(Buffer.from(join(work, 'patterns/odd')), { encoding: 'buffer' });
    expect(odd.map((name) => name.toString('latin1')).sort()).toEqual(
      ['f\xff\n"', "it's $(x)", 'z'.repeat(255)].sort(),
    );
  });

  it('says what it may not read, and brings the rest', async () => {
    const { code, files, stderr } = await get('closed', '--to', 'closed');
    expect([code, outcomes(files)], stderr).toEqual([1, ['copied', 'failed']]);
    expect(files.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      path: join(work, 'closed/closed/secret'),
      message: expect.stringContaining('Permission denied'),
    });
    expect(readdirSync(join(work, 'closed/closed'))).toEqual(['open']);
    const loud = await srunx(['get', job, 'closed', '--to', 'closed again']);
    expect(loud.stderr).toMatch(/srunx: find: .*closed\/directory.*Permission denied/);
  });

  it('that is cut says what is complete, and the same command goes on', async () => {
    relay().breakAfter({ direction: 'toClient', bytes: 12_000_000, how: 'cut' });
    const cut = await get('big', '--to', 'cut');
    expect(cut.code).toBe(6);
    expect(cut.stderr).toContain('get.ended_early');
    expect(cut.stderr).toContain('the same command again');
    expect(cut.files.find(({ path }) => path?.endsWith('big/model.pt'))).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/M of it came/),
    });
    const copy = join(work, 'cut/big/model.pt');
    expect(existsSync(copy)).toBe(false);
    expect((await get('big', '--to', 'cut', '-n')).files).toContainEqual(
      expect.objectContaining({ outcome: 'would_copy', message: expect.stringContaining('here already') }),
    );
    const rest = await get('big', '--to', 'cut');
    expect(rest.code, rest.stderr).toBe(0);
    // Some of the first twelve were still on their way.
    expect(rest.came).toBeLessThan(20_000_000);
    expect(readFileSync(copy).equals(there('big/model.pt'))).toBe(true);
    expect(partials(join(work, 'cut/big'))).toEqual([]);
  });

  it('that was interrupted, or killed, goes on as well; of another source it begins again', async () => {
    for (const [name, signal, code] of [
      ['interrupted', 'SIGINT', 130],
      ['killed', 'SIGKILL', 137],
    ] as const) {
      const directory = join(work, name, 'big');
      const before = relay().passed.toClient;
      const running = start(['get', job, 'big/model.pt', '--to', name]);
      await waitUntil(() => relay().passed.toClient - before > 8_000_000, 20_000);
      const ran = await running.interrupt(signal);
      expect(ran.code).toBe(code);
      if (signal === 'SIGINT') expect(ran.stderr).toContain('the same command goes on');
      expect(existsSync(join(directory, 'model.pt'))).toBe(false);
      expect(partials(directory)).toHaveLength(1);
    }
    const rest = await get('big/model.pt', '--to', 'interrupted');
    expect([rest.code, rest.came < 19_000_000], rest.stderr).toEqual([0, true]);
    expect(readFileSync(join(work, 'interrupted/big/model.pt')).equals(there('big/model.pt'))).toBe(true);
    const other = Buffer.alloc(6_000_000, 'another one ');
    writeFileSync(join(variant().home, 'big/model.pt'), other);
    const anew = await get('big/model.pt', '--to', 'killed');
    expect(anew.code, anew.stderr).toBe(0);
    expect(readFileSync(join(work, 'killed/big/model.pt')).equals(other)).toBe(true);
    expect(partials(join(work, 'killed/big'))).toEqual([]);
  });

  it('twice at the same time does no harm', async () => {
    const both = await Promise.all([get('big', 'many', '--to', 'both'), get('big', 'many', '--to', 'both')]);
    for (const { files } of both) {
      expect(outcomes(files).filter((outcome) => !['copied', 'unchanged'].includes(outcome))).toEqual([]);
    }
    for (const name of ['big/model.pt', 'big/other.pt', 'many/77.npy', 'many/1999.npy']) {
      expect(readFileSync(join(work, 'both', name)).equals(there(name))).toBe(true);
    }
    expect(readdirSync(join(work, 'both/many'))).toHaveLength(2000);
    expect([...partials(join(work, 'both/big')), ...partials(join(work, 'both/many'))]).toEqual([]);
  });

  it('over a connection that falls silent comes to an end, too', async () => {
    relay().breakAfter({ direction: 'toClient', bytes: 3_000_000, how: 'black-hole' });
    const { code, stderr } = await get('big', '--to', 'silent');
    relay().blackHole(false);
    expect([code, stderr.includes('get.ended_early')], stderr).toEqual([6, true]);
    expect((await get('big', '--to', 'silent')).code).toBe(0);
  });
});
