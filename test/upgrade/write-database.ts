import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseJobState } from '../../src/core/slurm/job-state.ts';
import { insertJob, recordState, recordSubmission } from '../../src/store/jobs.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { openStore } from '../../src/store/open-store.ts';
import { takeRequest } from '../../src/store/request-budget.ts';
import { ensureCluster, insertRun, noteSnapshot, setHandover } from '../../src/store/runs.ts';

/**
 * Writes a database as the srunx of this checkout does, as a fixture for the upgrade tests of those to come:
 * `node test/upgrade/write-database.ts` at every release with a new schema, and never again for the same one.
 */

const folder = join(import.meta.dirname, '..', 'fixtures', 'store');
const temporary = join(folder, 'new.db');
for (const end of ['', '-wal', '-shm']) rmSync(`${temporary}${end}`, { force: true });
closeSync(openSync(temporary, 'w'));

const createdAt = Date.UTC(2026, 9, 1, 12);
const seconds = createdAt / 1000;

const store = openStore(temporary);
const { db } = store;
const slurm = ensureCluster(store, { key: 'slurm:hpc@ctl', kind: 'slurm', name: 'hpc' });
const embedded = ensureCluster(store, { key: 'embedded:0123456789abcdef', kind: 'embedded', name: 'laptop' });

const observed = (word: string, jobId: string) => ({
  ...{ jobId, rawId: jobId, state: parseJobState(word), submitTime: seconds, startTime: seconds + 5, nodes: 1 },
  ...{ endTime: seconds + 65, cpus: 8, gpus: 2, restarts: 0, name: 'train', source: 'controller' as const },
});

/** One job by itself that has ended, with a name that no other program would give. */
const plan = (id: string, names: readonly string[]) => {
  const job = (name: string, ordinal: number) => ({
    ...{ name, token: `${id}-${ordinal}`, edges: [], options: [`--job-name=${name}`], variables: ['WANDB_API_KEY'] },
    ...{ wrapped: false, log: { pattern: 'slurm-%j.out', workDir: '/home/me', user: 'me', isArray: false } },
  });
  const kind = names.length === 1 ? 'job' : 'workflow';
  const cluster = { key: 'slurm:hpc@ctl', kind: 'slurm', name: 'hpc' };
  const head = { version: 1, id, kind, name: names[0], source: 'train.sh', target: 'local', cluster, createdAt };
  return JSON.stringify({ ...head, planHash: 'h', jobs: names.map(job) });
};

function add(id: string, names: readonly string[], clusterId: number): void {
  const kind = names.length === 1 ? 'job' : 'workflow';
  const target = clusterId === slurm ? 'local' : 'embedded';
  const run = { id, kind, name: names[0] ?? '', source: 'train.sh', target, clusterId } as const;
  insertRun(store, { ...run, directory: `/runs/${id}`, plan: plan(id, names), createdAt, handover: 'planned' });
  names.forEach((name, ordinal) => {
    insertJob(store, { runId: id, ordinal, name, token: `${id}-${ordinal}` });
  });
  setHandover(store, id, 'done');
}

add('endedjob22', ["it's $(mine)\n日本語 | \u001b[31m"], slurm);
add('openflow22', ['prepare', 'train', 'report'], slurm);
add('laptopjob2', ['here'], embedded);

const state = (runId: string, ordinal: number, word: string, final: boolean, at: number) => ({
  ...{ runId, ordinal, state: word, final, reason: undefined, at: createdAt + at },
});
const submit = (token: string, jobId: string) => recordSubmission(store, { token, submission: 'submitted', jobId });
submit('endedjob22-0', '4711');
recordState(store, { ...state('endedjob22', 0, 'pending', false, 1), observation: undefined });
recordState(store, { ...state('endedjob22', 0, 'running', false, 2), observation: observed('RUNNING', '4711') });
recordState(store, { ...state('endedjob22', 0, 'completed', true, 3), observation: observed('COMPLETED', '4711') });
submit('openflow22-0', '4712');
recordState(store, { ...state('openflow22', 0, 'failed', true, 4), observation: observed('OUT_OF_MEMORY', '4712') });
submit('openflow22-1', '4713');
recordState(store, { ...state('openflow22', 1, 'running', false, 5), observation: observed('RUNNING', '4713') });
submit('laptopjob2-0', '1');
noteSnapshot(store, { clusterId: slurm, takenAt: createdAt + 6, now: createdAt + 7 });
await acquireLease(store, { name: 'observe:1', holder: 'host:1:2', mayReplace: () => false });
await takeRequest(store, slurm, createdAt);

const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
const path = join(folder, `schema-${version}.db`);
rmSync(path, { force: true });
// One file, without a journal beside it, and as small as can be.
db.exec(`VACUUM INTO '${path.replaceAll("'", "''")}'`);
store[Symbol.dispose]();
for (const end of ['', '-wal', '-shm']) rmSync(`${temporary}${end}`, { force: true });
const check = new DatabaseSync(path, { readOnly: true });
console.log(`${path}: schema ${check.prepare('PRAGMA user_version').get()?.['user_version']}`);
check.close();
