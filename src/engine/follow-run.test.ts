import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { insertJob, recordState } from '../store/jobs.ts';
import { acquireLease } from '../store/leases.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { ensureCluster, insertRun } from '../store/runs.ts';
import type { EngineContext } from './engine-context.ts';
import { followRuns } from './follow-run.ts';

let directory: string;
let store: Store;
/** Of the process that looks at the cluster. */
let observer: Store;
let slept: number;
let context: EngineContext;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'srunx-follow-'));
  store = openStore(join(directory, 'srunx.db'));
  observer = openStore(join(directory, 'srunx.db'));
  slept = 0;
  const clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
  const facts = { kind: 'workflow', name: 'w', source: null, target: 'local', clusterId, directory: '/d' } as const;
  insertRun(store, { ...facts, id: 'r', plan: '{}', createdAt: 0, handover: 'done' });
  insertJob(store, { runId: 'r', ordinal: 0, name: 'a', token: 'r-a' });
  await acquireLease(observer, { name: `observe:${clusterId}`, holder: 'observer', mayReplace: () => false });
  context = {
    ...{ store, clusterId, holder: 'follower', isAlive: () => true, now: () => slept, monotonicNow: () => slept },
    // Somebody else looks at it.
    cluster: {} as Cluster,
    randomBytes: (count) => new Uint8Array(count),
    sleep: async (ms) => {
      slept += ms;
    },
  };
});
afterEach(() => {
  for (const opened of [store, observer]) opened[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

const write = (state: string, final: boolean): boolean =>
  recordState(observer, { runId: 'r', ordinal: 0, state, final, observation: undefined, reason: undefined, at: slept });

it('tells at once, and to the end, what another process writes while the news before are shown', async () => {
  const later = [() => write('running', false), () => write('completed', true)];
  const told: string[] = [];
  for await (const news of followRuns(context, { runIds: ['r'], intervalSeconds: 100 })) {
    told.push(...news.map(({ toState }) => toState));
    later.shift()?.();
  }
  expect(told).toEqual(['running', 'completed']);
  expect(slept).toBeLessThan(1_000);
});
