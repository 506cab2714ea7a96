import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renderStopOthers, type StopOptions } from './stop-others.ts';
import { renderWrapper } from './wrapper.ts';

vi.setConfig({ testTimeout: 20_000 });

let dir: string;

/** To a command that stands in for one of Slurm's: the directory has a name for which quotes are no help. */
const here = '${0%/bin/*}';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx stop '$(x) "));
  for (const name of ['bin', 'claims', 'receipts']) mkdirSync(join(dir, name));
  for (const [token, id] of Object.entries({ 'r-0': '10', 'r-1': '11', 'r-2': '12', 'r-3': '13' })) {
    writeFileSync(join(dir, 'claims', token), `claim 4711\njob ${id}\n`);
  }
  writeFileSync(join(dir, 'claims', 'r-4'), 'claim 4711\n');
  command('scancel', `printf '%s;' "\${SCANCEL_INTERACTIVE-unset}" "$@" >>"${here}/calls"; echo >>"${here}/calls"`);
  command('squeue', ':');
});

afterEach(() => rmSync(dir, { recursive: true }));

function command(name: string, text: string): void {
  const path = join(dir, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

function fail(shell: string, options: Partial<StopOptions> = {}, env: Readonly<Record<string, string>> = {}, code = 3) {
  const text = renderStopOthers({ directory: dir, token: 'r-0', ends: 'pending', spare: [], ...options });
  const variables = { PATH: `${dir}/bin:/usr/bin:/bin`, SLURM_JOB_ID: '10', SCANCEL_INTERACTIVE: '1', ...env };
  const script = join(dir, 'script.sh');
  writeFileSync(script, `${text}\nsrunx_on_failure ${code}; echo $? >&2\n`);
  const { status, stderr } = spawnSync(shell, [script], { encoding: 'utf8', env: variables });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '0\n' });
  return calls();
}

function calls(): string[] {
  const path = join(dir, 'calls');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(';', ' ').trim());
}

const shells = ['sh', 'bash', ...['dash', 'ksh'].filter((name) => spawnSync(name, ['-c', ':']).status === 0)];

describe.each(shells)('a job that fails, under %s,', (shell) => {
  it('ends what has not started, but for what is to stay', () => {
    expect(fail(shell, { spare: ['r-2'] })).toEqual(['unset --state=PENDING 11 13']);
    expect(readlinkSync(join(dir, 'stopped.pending'))).toBe('r-0');
  });

  it('ends everything, and first what has not started', () => {
    expect(fail(shell, { ends: 'all', spare: ['r-3'] })).toEqual(['unset --state=PENDING 11 12', 'unset 11 12']);
  });

  it('ends nothing where it has not failed', () => expect(fail(shell, {}, {}, 0)).toEqual([]));

  it('asks no Slurm where none has started it', () => {
    command('squeue', `echo "$@" >>"${here}/calls"`);
    const env = { SLURM_ARRAY_JOB_ID: '10', SLURM_ARRAY_TASK_ID: '1' };
    rmSync(join(dir, 'claims'), { recursive: true });
    expect(fail(shell, { ends: 'all' }, env)).toEqual([]);
  });

  it.each([
    ['COMPLETING 4:58', 0],
    ['COMPLETING UNLIMITED', 0],
    ['CANCELLED 4:58', 0],
    ['COMPLETING 0:00', 1],
    ['COMPLETING INVALID', 1],
    ['RUNNING 4:58', 1],
    ['', 1],
  ])('of which Slurm says %j, ends others %d times', (words, count) => {
    command('squeue', `[ "$*" = "-h -j 10 -o %T %L" ] && echo "${words}"`);
    expect(fail(shell)).toHaveLength(count);
  });

  it('ends nothing where another one was faster, but goes on with what it has begun itself', () => {
    fail(shell, { token: 'r-1' });
    expect(fail(shell)).toHaveLength(1);
    expect(fail(shell, { token: 'r-1' })).toHaveLength(2);
    expect(fail(shell, { ends: 'all' })).toHaveLength(4);
  });

  it('ends the other tasks of its array, too', () => {
    const env = { SLURM_ARRAY_JOB_ID: '10', SLURM_ARRAY_TASK_ID: '1', SLURM_JOB_ID: '20' };
    command('squeue', 'case $* in "-h -r -j 10 -o %i") printf "10_0\\n10_1\\n10_2\\n" ;; esac');
    expect(fail(shell, { spare: ['r-3'] }, env)).toEqual(['unset --state=PENDING 10 11 12']);
    rmSync(join(dir, 'calls'));
    expect(fail(shell, { ends: 'all', spare: ['r-3'] }, env)).toEqual([
      'unset --state=PENDING 10 11 12',
      'unset 11 12 10_0 10_2',
    ]);
  });

  it('tries again where the controller does not listen, and does not fail over it', () => {
    command('scancel', `echo "$@" >>"${here}/calls"; [ "$(wc -l <"${here}/calls")" -gt 1 ]`);
    expect(fail(shell)).toHaveLength(2);
    rmSync(join(dir, 'bin', 'scancel'));
    rmSync(join(dir, 'calls'));
    if (spawnSync('sh', ['-c', 'command -v scancel'], { env: { PATH: '/usr/bin:/bin' } }).status !== 0) {
      expect(fail(shell)).toEqual([]);
    }
  });

  it('does so behind its receipt, as part of the wrapper, which keeps its exit code', () => {
    const payload = join(dir, 'payload');
    writeFileSync(payload, '#!/bin/sh\nexit 5\n', { mode: 0o755 });
    command('scancel', `cat "${here}/receipts/r-0" >>"${here}/calls"`);
    const onFailure = renderStopOthers({ directory: dir, token: 'r-0', ends: 'pending', spare: [] });
    const wrapper = renderWrapper({ directory: dir, token: 'r-0', payload, directives: [], env: {}, onFailure });
    writeFileSync(join(dir, 'wrapper.sh'), wrapper);
    const env = { PATH: `${dir}/bin:/usr/bin:/bin`, SLURM_JOB_ID: '10' };
    expect(spawnSync(shell, [join(dir, 'wrapper.sh')], { env }).status).toBe(5);
    expect(calls().join(' ')).toMatch(/^start \d+ 10 exit \d+ 5$/);
  });
});
