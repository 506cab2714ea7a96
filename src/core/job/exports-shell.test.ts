import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExportsShellOptions } from './exports-shell.ts';
import { renderWrapper } from './wrapper.ts';

// Real shells on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx exports '$(x) "));
  for (const name of ['receipts', 'bin']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'bin', 'sleep'), '#!/bin/sh\n', { mode: 0o755 });
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Job {
  readonly payload: string;
  readonly reads?: ExportsShellOptions['reads'];
  readonly parents?: ExportsShellOptions['parents'];
  readonly path?: string;
}

function run(shell: string, { payload, reads = [], parents = [], path = '/usr/bin:/bin' }: Job) {
  writeFileSync(join(dir, 'payload'), `#!/bin/sh\n${payload}`, { mode: 0o755 });
  const onFailure = `srunx_on_failure() { [ "$1" -eq 0 ] || echo "$1" >"$FAILED"; }`;
  const facts = { directory: dir, token: 'own', payload: join(dir, 'payload'), directives: [], env: {}, onFailure };
  writeFileSync(join(dir, 'wrapper'), renderWrapper({ ...facts, exports: { directory: dir, reads, parents } }));
  const env = { PATH: `${join(dir, 'bin')}:${path}`, SLURM_JOB_ID: '7', FAILED: join(dir, 'failed') };
  const { status, stdout, stderr } = spawnSync(shell, [join(dir, 'wrapper')], { env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

const fileOf = (token: string) => join(dir, 'receipts', `${token}.exports`);
const loss = { parent: 'train', key: 'loss', variable: 'SRUNX_DEP_1', token: 'r-0' };

const shells = ['sh', 'bash', ...['dash', 'ksh'].filter((name) => spawnSync(name, ['-c', ':']).status === 0)];

describe.each(shells)('values of jobs, under %s', (shell) => {
  it('are written where the job is told, anew in each attempt', () => {
    writeFileSync(fileOf('own'), 'old=1\n');
    expect(run(shell, { payload: 'echo "k=a b" >>"$SRUNX_EXPORTS"' }).code).toBe(0);
    expect(readFileSync(fileOf('own'), 'utf8')).toBe('k=a b\n');
  });

  it('are read from a copy too, where an earlier run has written them', () => {
    const file = join(dir, 'a copy');
    writeFileSync(file, 'loss=1\n');
    const { token: _token, ...read } = loss;
    const job = {
      payload: 'echo "$SRUNX_DEP_1 $SRUNX_DEPS"',
      reads: [{ ...read, file }],
      parents: [{ name: 'train', file }],
    };
    expect(run(shell, job)).toEqual({ code: 0, out: '1 train.loss=1\n\n', err: '' });
  });

  it.each([
    ['loss=0.25\n', '0.25'],
    ['loss=1\nloss=2\nother=3', '2'],
    ['loss=a $(touch x) `y` \'q\' "p" \\\\ =z', 'a $(touch x) `y` \'q\' "p" \\\\ =z'],
    ['loss=\n', ''],
    ['lossy=1\nloss=  2  ', '  2  '],
  ])('are read as they are: %j', (text, value) => {
    writeFileSync(fileOf('r-0'), text);
    expect(run(shell, { payload: 'printf "<%s>" "$SRUNX_DEP_1"', reads: [loss] })).toEqual({
      ...{ code: 0, out: `<${value}>`, err: '' },
    });
    expect(existsSync(join(dir, 'x'))).toBe(false);
  });

  it.each([undefined, 'other=1\n'])('end the job where they are not there: %j', (text) => {
    if (text !== undefined) writeFileSync(fileOf('r-0'), text);
    const ran = run(shell, { payload: 'echo ran', reads: [loss] });
    expect(ran).toEqual({ code: 78, out: '', err: 'srunx: train has exported no loss, which this job needs\n' });
    expect(readFileSync(join(dir, 'receipts', 'own'), 'utf8')).toMatch(/^start \d+ 7\nexit \d+ 78\n$/);
    expect(readFileSync(join(dir, 'failed'), 'utf8')).toBe('78\n');
  });

  it('are all in one variable, for scripts', () => {
    writeFileSync(fileOf('r-0'), 'a=1\nnonsense\nb=x y');
    const parents = [
      { name: 'train', token: 'r-0' },
      { name: 'silent', token: 'r-1' },
    ];
    expect(run(shell, { payload: 'printf %s "$SRUNX_DEPS"', parents }).out).toBe('train.a=1\ntrain.b=x y\n');
  });

  const hasPython = spawnSync('python3', ['-c', '']).status === 0;
  it.runIf(hasPython)('may be JSON', () => {
    run(shell, { payload: `printf %s '{"n": 3, "s": "x\\ny", "l": [1, {"a": true}]}' >"$SRUNX_EXPORTS"` });
    expect(readFileSync(fileOf('own'), 'utf8').replaceAll(' ', '')).toBe('n=3\ns=xy\nl=[1,{"a":true}]\n');
  });

  it('say so where the node cannot read their JSON, and nothing of a job that failed is read', () => {
    const ran = run(shell, { payload: `echo '{broken' >"$SRUNX_EXPORTS"` });
    expect([ran.code, ran.err]).toEqual([0, expect.stringContaining('is no JSON object that this node can read')]);
    expect(run(shell, { payload: `echo '{broken' >"$SRUNX_EXPORTS"; exit 3` })).toEqual({ code: 3, out: '', err: '' });
  });
});
