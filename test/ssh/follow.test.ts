import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const variant = useSshVariant(cluster, {
  relay: {},
  clientSettings: ['ServerAliveInterval 1', 'ServerAliveCountMax 2', 'ConnectTimeout 3'],
});
// The path of a socket may have only a hundred bytes.
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
const { srunx, start, submit } = useSandbox(() => ({
  XDG_CONFIG_HOME: join(runtime, 'config'),
  XDG_RUNTIME_DIR: runtime,
  SRUNX_SSH_PROFILE: 'dev',
}));

beforeAll(() => {
  mkdirSync(join(runtime, 'config', 'srunx'), { recursive: true });
  const save = (name: string, dev: object) =>
    writeFileSync(join(runtime, 'config', 'srunx', name), JSON.stringify({ profiles: { dev } }));
  save('config.json', { ssh_host: 'dev' });
  save('extra.json', { ssh_config: variant().sshConfig });
});
afterAll(async () => {
  await srunx(['ssh', 'logout', 'dev']);
  rmSync(runtime, { recursive: true, force: true });
});

it.each(['cut', 'black hole'])('a log is followed through a %s, and no line is lost or shown twice', async (how) => {
  const id = await submit(['--wrap', 'for i in $(seq 1 24); do echo line $i; sleep 0.5; done']);
  const follower = start(['tail', '-f', id, '--interval', '0.3']);
  expect(await waitUntil(() => /line 4\n/.test(follower.stdout()), 30_000)).toBe(true);
  const relay = variant().relay;
  if (how === 'cut') relay?.cut();
  else {
    relay?.blackHole(true);
    setTimeout(() => relay?.blackHole(false), 6_000);
  }
  const ran = await follower.ended;
  expect(ran.stdout).toBe(Array.from({ length: 24 }, (_, index) => `line ${index + 1}\n`).join(''));
  expect(ran.code, ran.stderr).toBe(0);
  // A connection that is cut between two reads is opened again without a word.
  if (how !== 'cut') expect(ran.stderr).toMatch(/connection|answer/);
});
