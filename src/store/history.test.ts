import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { deleteEndedRuns, endedRuns } from './ended-runs.ts';
import { attemptsOf, type HistoryFilter, lastClusterOf, listHistory } from './history.ts';
import { insertJob, recordState, recordSubmission } from './jobs.ts';
import { addTags, labelsOf, removeTags, setNote } from './labels.ts';
import { openStore, type Store } from './open-store.ts';
import { ensureCluster, findRun, insertRun } from './runs.ts';
import { dropUnusedScripts, recordScript, runsWithUnreadScripts, storedScript, unreadScriptsOf } from './scripts.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store[Symbol.dispose]());

interface Draft {
  readonly id: string;
  readonly names?: readonly string[];
  readonly cluster?: string;
  readonly target?: string;
  readonly createdAt?: number;
  readonly kind?: 'job' | 'workflow';
  readonly command?: string;
  readonly comment?: string;
}

function add({ id, names = ['train'], cluster = 'a', target = 'local', createdAt = 1, kind = 'job', ...words }: Draft) {
  const clusterId = ensureCluster(store, { key: cluster, kind: 'slurm', name: cluster });
  const run = { id, kind, name: `run of ${id}`, source: 'x.sh', target, clusterId, directory: `/d/${id}` } as const;
  insertRun(store, { ...run, plan: '{}', createdAt, handover: 'done' });
  names.forEach((name, ordinal) => {
    insertJob(store, { runId: id, ordinal, name, token: `${id}-${ordinal}`, ...words });
  });
}

function see(id: string, state: string, raw: string, ordinal = 0): void {
  const parsed = parseJobState(raw);
  const observation: JobObservation = {
    ...{ jobId: '7', rawId: '7', state: parsed, nodes: 1, cpus: 1, gpus: 4, restarts: 0, name: 'x', startTime: 5 },
    source: 'controller',
  };
  recordState(store, {
    ...{ runId: id, ordinal, state, final: parsed.terminal, observation, reason: undefined, at: 50 },
  });
}

const found = (filter: HistoryFilter = {}) => listHistory(store, filter).map(({ runId, name }) => `${runId} ${name}`);

describe('the history', () => {
  it('is newest first, with the jobs of a run in their order', () => {
    add({ id: 'r1', createdAt: 1 });
    add({ id: 'r3', names: ['a', 'b'], createdAt: 3 });
    add({ id: 'r2', createdAt: 2 });
    expect(found()).toEqual(['r3 a', 'r3 b', 'r2 train', 'r1 train']);
    expect(found({ limit: 2 })).toEqual(['r3 a', 'r3 b']);
    expect(found({ since: 2, until: 2 })).toEqual(['r2 train']);
  });

  it('tells clusters apart, and remembers which one a target was last', () => {
    add({ id: 'r1', cluster: 'a', createdAt: 1 });
    add({ id: 'r2', cluster: 'b', createdAt: 2 });
    const b = lastClusterOf(store, 'local');
    expect(found({ clusterIds: [b ?? 0] })).toEqual(['r2 train']);
    expect(found({ clusterIds: [] })).toEqual([]);
    expect(found({ clusterIds: [b ?? 0, 99] })).toEqual(['r2 train']);
    expect(lastClusterOf(store, 'embedded')).toBeUndefined();
  });

  it('finds jobs by id, twice where a cluster has used it twice', () => {
    add({ id: 'r1', createdAt: 1 });
    add({ id: 'r2', createdAt: 2 });
    add({ id: 'r3', createdAt: 3 });
    for (const id of ['r1', 'r3'])
      recordSubmission(store, { token: `${id}-0`, submission: 'submitted', jobId: '4711' });
    expect(found({ jobIds: ['4711', '1'] })).toEqual(['r3 train', 'r1 train']);
    expect(found({ jobIds: ["' OR 1=1 --"] })).toEqual([]);
  });

  it.each<[title: string, filter: HistoryFilter, ids: string[]]>([
    ['a pattern of the name', { names: ['tr*n'] }, ['r1']],
    ['one of several patterns', { names: ['nothing', 'ev?l'] }, ['r2']],
    ['case as it is', { names: ['TRAIN'] }, []],
    ['a workflow by its name', { workflows: ['run of r3'] }, ['r3']],
    ['but no job by itself', { workflows: ['run of r1'] }, []],
    ['a run by its id', { workflows: ['r1'] }, ['r1']],
    ['a tag', { tags: ['good'] }, ['r1', 'r2']],
    ['all of some tags', { tags: ['good', 'paper'] }, ['r1']],
  ])('is filtered by %s', (_, filter, ids) => {
    add({ id: 'r1', names: ['train'] });
    add({ id: 'r2', names: ['eval'] });
    add({ id: 'r3', names: ['other'], kind: 'workflow' });
    addTags(store, { runId: 'r1', ordinal: 0 }, ['paper', 'good']);
    addTags(store, { runId: 'r2', ordinal: 0 }, ['good']);
    expect(listHistory(store, filter).map(({ runId }) => runId)).toEqual(ids);
  });

  it('is filtered by states, and by what Slurm says more precisely', () => {
    for (const id of ['r1', 'r2', 'r3']) add({ id });
    see('r1', 'failed', 'OUT_OF_MEMORY');
    see('r2', 'failed', 'FAILED');
    see('r3', 'running', 'SUSPENDED');
    const none = { states: [], failureKinds: [], phases: [] };
    const states = (filter: object) => listHistory(store, { states: { ...none, ...filter } }).map(({ runId }) => runId);
    expect(states({ states: ['failed'] })).toEqual(['r1', 'r2']);
    expect(states({ failureKinds: ['oom'] })).toEqual(['r1']);
    expect(states({ phases: ['suspended'], failureKinds: ['oom'] })).toEqual(['r1', 'r3']);
    expect(states({})).toEqual([]);
  });

  it.each([
    ['LOSS', ['r1']],
    ['--seed 7', ['r2']],
    ['for Ada', ['r3']],
    ['overfits', ['r4']],
    ['100%', ['r5']],
    ['a_b', ['r5']],
    ['no such words', []],
  ])('is searched for `%s`', (search, ids) => {
    add({ id: 'r1', names: ['cross-loss'] });
    add({ id: 'r2', command: 'train.sh --seed 7' });
    add({ id: 'r3', comment: 'for ada' });
    add({ id: 'r4' });
    setNote(store, { runId: 'r4', ordinal: 0 }, 'it overfits');
    add({ id: 'r5' });
    add({ id: 'r6', names: ['axb', '1000'] });
    recordScript(store, { runId: 'r5', ordinal: 0 }, { hash: 'h', text: '#!/bin/sh\necho 100% a_b\n' });
    expect(listHistory(store, { search }).map(({ runId }) => runId)).toEqual(ids);
  });

  it('has the attempts of a job', () => {
    add({ id: 'r1' });
    see('r1', 'failed', 'TIMEOUT');
    expect(attemptsOf(store, { runId: 'r1', ordinal: 0 })).toEqual([
      expect.objectContaining({ number: 1, startTime: 5, rawState: 'TIMEOUT', exitCode: null }),
    ]);
  });
});

describe('notes and tags', () => {
  it('are set, changed and taken away', () => {
    add({ id: 'r1' });
    const key = { runId: 'r1', ordinal: 0 };
    setNote(store, key, 'first');
    setNote(store, key, 'second');
    addTags(store, key, ['b', 'a']);
    addTags(store, key, ['a']);
    expect(labelsOf(store, key)).toEqual({ note: 'second', tags: ['a', 'b'] });
    expect(listHistory(store)[0]).toMatchObject({ note: 'second', tags: ['a', 'b'] });
    setNote(store, key, undefined);
    removeTags(store, key, ['a', 'never']);
    expect(labelsOf(store, key)).toEqual({ note: undefined, tags: ['b'] });
  });
});

describe('scripts', () => {
  const key = (runId: string) => ({ runId, ordinal: 0 });

  it('are kept once each, and cut where they are very long', () => {
    for (const id of ['r1', 'r2', 'r3']) add({ id });
    expect(runsWithUnreadScripts(store, ['local'])).toEqual(['r1', 'r2', 'r3']);
    expect(runsWithUnreadScripts(store, ['embedded'])).toEqual([]);
    for (const id of ['r1', 'r2']) recordScript(store, key(id), { hash: 'h', text: 'true' });
    expect(store.db.prepare('SELECT count(*) AS n FROM script').get()).toEqual({ n: 1 });
    expect([unreadScriptsOf(store, 'r1'), unreadScriptsOf(store, 'r3')]).toEqual([[], [0]]);
    recordScript(store, key('r3'), { hash: 'i', text: 'x'.repeat(100_000) });
    expect(storedScript(store, key('r1'))).toEqual({ text: 'true', isCut: false });
    expect(storedScript(store, key('r3'))).toMatchObject({ isCut: true });
  });

  it('go with the last job that has them', () => {
    for (const id of ['r1', 'r2']) {
      add({ id });
      see(id, 'completed', 'COMPLETED');
      recordScript(store, key(id), { hash: 'h', text: 'true' });
    }
    deleteEndedRuns(store, ['r1']);
    dropUnusedScripts(store);
    expect(storedScript(store, key('r2'))?.text).toBe('true');
    deleteEndedRuns(store, ['r2']);
    dropUnusedScripts(store);
    expect(store.db.prepare('SELECT count(*) AS n FROM script').get()).toEqual({ n: 0 });
  });
});

describe('ended runs', () => {
  beforeEach(() => {
    add({ id: 'over', names: ['a', 'b'] });
    see('over', 'completed', 'COMPLETED', 0);
    see('over', 'failed', 'FAILED', 1);
    add({ id: 'half', names: ['a', 'b'] });
    see('half', 'completed', 'COMPLETED', 0);
    add({ id: 'open' });
    see('open', 'running', 'RUNNING');
  });

  it('are those of which every job has ended', () => {
    expect(endedRuns(store)).toEqual([
      expect.objectContaining({ id: 'over', endedAt: 50, states: ['completed', 'failed'], jobIds: [] }),
    ]);
  });

  it('are forgotten with all that hangs on them, and no other is', () => {
    setNote(store, { runId: 'over', ordinal: 1 }, 'gone');
    addTags(store, { runId: 'over', ordinal: 0 }, ['gone']);
    expect(deleteEndedRuns(store, ['over', 'half', 'open', 'nothing'])).toEqual(['over']);
    expect(findRun(store, 'over')).toBeUndefined();
    expect(found()).toEqual(['half a', 'half b', 'open train']);
    for (const table of ['note', 'tag']) {
      expect(store.db.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 });
    }
    expect(store.db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  });
});
