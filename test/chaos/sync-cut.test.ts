import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';
import type { TcpRelay } from '../../dev/tcp-relay.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';
import { useSyncedMount } from '../support/synced-mount.ts';
import { differences, walkTree } from '../support/walk-tree.ts';

const cluster = useDevCluster();
const variant = useSshVariant(cluster, {
  relay: {},
  clientSettings: ['ServerAliveInterval 2', 'ServerAliveCountMax 2', 'ConnectTimeout 5'],
});
const { srunx, json, local, there, put } = useSyncedMount(variant);
/** So many places over the bytes of a sync and a submission, in each direction. */
const cuts = Number(process.env['SRUNX_CHAOS_CUTS'] ?? 12);

const relayOf = (): TcpRelay => {
  const { relay } = variant();
  if (relay === undefined) throw new Error('there is no relay');
  return relay;
};
/** What ran, each a line: the name of the job, and what it found in the code. */
const ran = () => {
  const path = `${variant().home}/ran`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
};
/** Each submission has new code, and a script of its own name. */
const submit = (name: string) => {
  put('model.py', `code of ${name}\n`);
  put('large.bin', name.repeat(3_000));
  put('train.sh', `#!/bin/sh\n#SBATCH -t 1 -J ${name}\necho "${name} $(cat model.py)" >> ../ran\n`);
  return srunx(['sbatch', 'train.sh', '--profile', 'dev'], { cwd: local });
};
const idOf = (stdout: string) => /Submitted batch job (\d+)/.exec(stdout)?.[1];

interface QueuedJob {
  readonly name: string;
}
const queued = async () =>
  await json<{ readonly jobs: readonly QueuedJob[] } | QueuedJob[]>(['squeue', '--profile', 'dev']);

interface Submission {
  readonly name: string;
  readonly isTold: boolean;
}

async function cutSubmission(name: string, point: Parameters<TcpRelay['breakAfter']>[0]): Promise<Submission> {
  await srunx(['ssh', 'logout', 'dev']);
  relayOf().breakAfter(point);
  const { code, stdout, stderr } = await submit(name);
  relayOf().cut();
  const here = walkTree(local);
  expect([0, 6], stderr).toContain(code);
  expect(idOf(stdout) !== undefined, stdout).toBe(code === 0);
  // Whatever stands there is whole; what is told to be submitted has its own code.
  const found = walkTree(there()).get('model.py')?.content;
  if (found !== undefined) expect(found).toMatch(/^code of \S+\n$/);
  if (code === 0) expect(found).toBe(here.get('model.py')?.content);
  return { name, isTold: code === 0 };
}

describe('a sync and the submission behind it', () => {
  it('that are cut anywhere are done once or not at all, and a told success is true', async () => {
    const all: Submission[] = [];
    for (const direction of ['toServer', 'toClient'] as const) {
      await srunx(['ssh', 'logout', 'dev']);
      const start = relayOf().passed[direction];
      expect((await submit(`whole-${direction}`)).code).toBe(0);
      const whole = relayOf().passed[direction] - start;
      for (let part = 1; part <= cuts; part += 1) {
        const bytes = Math.floor((whole * part) / cuts);
        all.push(await cutSubmission(`cut-${direction}-${part}`, { direction, bytes, how: 'cut' }));
      }
    }
    expect((await srunx(['ssh', 'sync', 'dev'])).code).toBe(0);
    expect(differences(walkTree(local), walkTree(there()))).toEqual([]);
    expect(await waitUntil(async () => JSON.stringify(await queued()).includes('cut-') === false, 120_000)).toBe(true);
    const lines = ran().filter((line) => line.startsWith('cut-'));
    expect(new Set(lines).size, 'something ran twice').toBe(lines.length);
    // A job begins when it can: another sync may have brought newer code by then, but never half of it.
    for (const line of lines) expect(line).toMatch(/^cut-\w+-\d+ code of (?:cut|whole)-\w+(?:-\d+)?$/);
    const names = new Set(lines.map((line) => line.split(' ')[0]));
    const lost = all.filter(({ name, isTold }) => isTold && !names.has(name));
    expect(lost, 'of these a success was told').toEqual([]);
    const told = all.filter(({ isTold }) => isTold).length;
    console.log(
      `${2 * cuts} syncs with a submission cut: ${told} told of their success, ${all.length - told} of a lost connection; ` +
        `${lines.length} jobs ran, none twice`,
    );
  });
});
