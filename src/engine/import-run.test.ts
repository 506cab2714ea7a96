import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalShell } from '../shell/local-shell.ts';
import { labelsOf } from '../store/labels.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { findRun } from '../store/runs.ts';
import { importRun } from './import-run.ts';

let root: string;
let store: Store;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "srunx import'd $(x) 日本語-"));
  store = openStore(':memory:');
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(root, { recursive: true });
});

const shell = new LocalShell({ name: 'local', env: process.env });
const id = 'abcdefghij';
const description = {
  ...{ version: 1, id, kind: 'workflow', name: 'mine\u2028', source: null, target: 'local' },
  ...{ cluster: { key: 'slurm:c@h', kind: 'slurm', name: 'c' }, createdAt: 7, planHash: 'h' },
  jobs: [{ name: 'a', token: `${id}-0`, edges: [], options: [], variables: [], wrapped: true }],
};

function write(name: string, content: unknown): string {
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, 'run.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return join(root, name);
}

const take = (path: string) => importRun({ store }, { shell, path });

describe('importRun', () => {
  it('takes in one run with its labels, by any path of its directory', async () => {
    const directory = write(id, description);
    writeFileSync(join(directory, 'labels.json'), JSON.stringify({ version: 1, jobs: { 0: { tags: ['good'] } } }));
    symlinkSync(directory, join(root, 'latest'));
    for (const path of [directory, `${directory}/run.json`, join(root, 'latest')]) expect(await take(path)).toBe(id);
    expect(findRun(store, id)).toMatchObject({ name: 'mine\u2028', directory, handover: 'running' });
    expect(labelsOf(store, { runId: id, ordinal: 0 }).tags).toEqual(['good']);
  });

  it.each([
    ['newer', { ...description, version: 3 }, 'run.newer', 'format 3'],
    ['copy000000', description, 'run.renamed', `run ${id}`],
    ['short00000', '{"version": 1, "id"', 'run.damaged', 'not what srunx wrote'],
    ['other00000', { version: 1, name: 'package' }, 'run.damaged', 'not what srunx wrote'],
    ['tokens0000', { ...description, id: 'tokens0000' }, 'run.damaged', 'not what srunx wrote'],
  ])('takes nothing of a directory `%s`', async (name, content, code, words) => {
    await expect(take(write(name, content))).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(findRun(store, name)).toBeUndefined();
  });

  it('says what is missing', async () => {
    mkdirSync(join(root, 'empty'));
    writeFileSync(join(root, 'file'), '');
    const codes = async (name: string) => take(join(root, name)).catch(({ code }) => code);
    expect(await codes('nothing')).toBe('run.not_found');
    expect(await codes('nothing/run.json')).toBe('run.not_found');
    expect(await codes('file')).toBe('run.no_plan');
    expect(await codes('file/below')).toBe('run.not_found');
    expect(await codes('empty')).toBe('run.no_plan');
  });
});
