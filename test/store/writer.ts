import { setTimeout as sleep } from 'node:timers/promises';
import { insertJob } from '../../src/store/jobs.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ensureCluster, insertRun } from '../../src/store/runs.ts';
import { transact } from '../../src/store/transaction.ts';

/** A process to be killed: writes runs of two jobs, and says so after the first. Arguments: path, shared or local. */
const [path = '', disk] = process.argv.slice(2);
using store = openStore(path, { isShared: disk === 'shared' });
const clusterId = await transact(store, () => ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' }));
const plan = JSON.stringify({ text: 'x'.repeat(5_000) });
const facts = { kind: 'workflow', name: 'w', source: null, target: 'local', clusterId, directory: '/d', plan } as const;

for (let number = 0; ; number += 1) {
  const id = `${process.pid}-${number}`;
  await transact(store, () => {
    insertRun(store, { ...facts, id, createdAt: number, handover: 'planned' });
    for (const ordinal of [0, 1]) {
      insertJob(store, { runId: id, ordinal, name: `j${ordinal}`, token: `${id}-${ordinal}` });
    }
  });
  if (number === 0) process.stdout.write('writing\n');
  // Lets the others have their turn.
  if (number % 4 === 3) await sleep(5);
}
