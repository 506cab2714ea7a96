import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renderArrayTable, renderStopSweep, type StopSweepOptions, stageRole } from './stop-sweep.ts';

vi.setConfig({ testTimeout: 20_000 });

let dir: string;

/** To a command that stands in for one of Slurm's: the directory has a name for which quotes are no help. */
const here = '${0%/bin/*}';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "srunx sweep '$(x) "));
  for (const name of ['bin', 'claims', 'receipts']) mkdirSync(join(dir, name));
  for (const name of [0, 1, 2, 3]) writeFileSync(join(dir, 'claims', `r-${name}`), `claim 4711\njob 1${name}\n`);
  // Two sets of cells: 0 to 5 in two jobs, and 100 and 101, of another chunk, too.
  writeFileSync(
    join(dir, 'arrays'),
    renderArrayTable([
      { set: 0, offset: 0, token: 'r-0', role: 'root' },
      { set: 0, offset: 0, token: 'r-1', role: 'plain' },
      { set: 1, offset: 100, token: 'r-2', role: 'root' },
      { set: 1, offset: 100, token: 'r-3', role: 'final' },
    ]),
  );
  for (const name of ['scancel', 'scontrol']) command(name, `echo ${name} "$@" >>"${here}/calls"`);
  queue(['10_0 RUNNING', '10_1 RUNNING', ...waiting(10, [2, 4, 3, 5]), ...waiting(11, [0, 1, 2, 3, 4, 5])]);
  begun('r-0.0', 'r-0.1');
});

afterEach(() => rmSync(dir, { recursive: true }));

const waiting = (array: number, tasks: readonly number[]) => tasks.map((task) => `${array}_${task} PENDING`);

function command(name: string, text: string): void {
  writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(dir, 'bin', name), 0o755);
}

/** Of one job alone nothing is known; of all there are, these. */
function queue(lines: readonly string[]): void {
  writeFileSync(join(dir, 'queue'), lines.map((line) => `${line}\n`).join(''));
  command(
    'squeue',
    `case $* in '-h -r -j 10,11,12,13 -o %i %T') cat "${here}/queue" ;; *) cat "${here}/own" 2>/dev/null ;; esac`,
  );
}

function begun(...names: readonly string[]): void {
  for (const name of names) {
    writeFileSync(join(dir, 'receipts', name), 'start 1 10\n');
    symlinkSync('10', join(dir, 'receipts', `${name}.id`));
  }
}

function fail(shell: string, options: Partial<StopSweepOptions & { cell: number; code: number }> = {}): string[] {
  const { cell = 1, code = 3, ...rule } = options;
  const text = renderStopSweep({ directory: dir, token: 'r-0', after: 1, cancelRunning: false, ...rule });
  const script = join(dir, 'script.sh');
  writeFileSync(script, `srunx_index=${cell}\n${text}\nsrunx_on_failure ${code}; echo $? >&2\n`);
  const env = {
    PATH: `${dir}/bin:/usr/bin:/bin`,
    SLURM_JOB_ID: '135',
    SLURM_ARRAY_JOB_ID: '10',
    SLURM_ARRAY_TASK_ID: `${cell}`,
  };
  // A name that the ids would be taken for, were they patterns.
  writeFileSync(join(dir, '10_2'), '');
  const { status, stderr } = spawnSync(shell, [script], { encoding: 'utf8', env, cwd: dir });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '0\n' });
  const path = join(dir, 'calls');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

const shells = ['sh', 'bash', ...['dash', 'ksh'].filter((name) => spawnSync(name, ['-c', ':']).status === 0)];

describe.each(shells)('a task of a sweep that fails, under %s,', (shell) => {
  const ended = [
    'scontrol update JobId=10_[2-5] StartTime=now+3600',
    'scancel 11_[2-5]',
    'scancel 10_[2-5]',
    'scontrol update JobId=10_[2-5] StartTime=now',
  ];

  it('puts off the cells that have not begun, and ends children before their parents', () => {
    expect(fail(shell)).toEqual(ended);
    expect(readlinkSync(join(dir, 'stopped.sweep'))).toBe('r-0.1');
    expect(readFileSync(join(dir, 'failed'), 'utf8')).toBe('1\n');
  });

  it('waits until so many cells have failed, of which each counts once', () => {
    expect(fail(shell, { after: 2 })).toEqual([]);
    expect(fail(shell, { after: 2 })).toEqual([]);
    expect(fail(shell, { after: 2, cell: 0 })).toEqual(ended);
  });

  it('lets only one of several act', () => {
    fail(shell);
    expect(fail(shell, { cell: 0 })).toEqual(ended);
  });

  it('leaves a cell alone that waits for its next attempt', () => {
    begun('r-0.3');
    const some = '10_[2,4-5]';
    expect(fail(shell)).toEqual([
      `scontrol update JobId=${some} StartTime=now+3600`,
      'scancel 11_[2,4-5]',
      `scancel ${some}`,
      `scontrol update JobId=${some} StartTime=now`,
    ]);
  });

  it('looks again at what may have begun before it was put off', () => {
    command(
      'scontrol',
      `echo scontrol "$@" >>"${here}/calls"; sed 's/10_2 PENDING/10_2 RUNNING/' "${here}/queue" >"${here}/now"; mv "${here}/now" "${here}/queue"`,
    );
    expect(fail(shell)).toEqual([
      'scontrol update JobId=10_[2-5] StartTime=now+3600',
      'scancel 11_[3-5]',
      'scancel 10_[3-5]',
      'scontrol update JobId=10_[2-5] StartTime=now',
    ]);
  });

  it('ends the cells of all groups and chunks', () => {
    queue([...waiting(10, [5]), ...waiting(11, [5]), ...waiting(12, [0, 1]), ...waiting(13, [0, 1])]);
    expect(fail(shell)).toEqual([
      'scontrol update JobId=12_[0-1] StartTime=now+3600',
      'scontrol update JobId=10_[5] StartTime=now+3600',
      'scancel 13_[0-1]',
      'scancel 12_[0-1]',
      'scancel 11_[5]',
      'scancel 10_[5]',
      'scontrol update JobId=12_[0-1] StartTime=now',
      'scontrol update JobId=10_[5] StartTime=now',
    ]);
  });

  it('ends what runs where that is wanted, but for itself and what runs at the end of a cell', () => {
    queue(['10_0 RUNNING', '10_1 RUNNING', '11_0 PENDING', '12_1 RUNNING', '13_1 PENDING']);
    begun('r-2.1');
    expect(fail(shell, { cancelRunning: true })).toEqual(['scancel 12_[1]', 'scancel 11_[0]', 'scancel 10_[0]']);
  });

  it.each([
    ['COMPLETING 4:58', 0],
    ['CANCELLED 4:58', 0],
    ['COMPLETING 0:00', 4],
    ['RUNNING 4:58', 4],
  ])('of which Slurm says %j, makes %d calls', (words, count) => {
    writeFileSync(join(dir, 'own'), `${words}\n`);
    expect(fail(shell)).toHaveLength(count);
    expect(existsSync(join(dir, 'failed'))).toBe(count > 0);
  });

  it('does nothing where it has not failed, and asks no Slurm where none has started it', () => {
    expect(fail(shell, { code: 0 })).toEqual([]);
    rmSync(join(dir, 'claims'), { recursive: true });
    expect(fail(shell)).toEqual([]);
  });
});

it('knows what an array is to the end of its sweep', () => {
  expect(stageRole({ edges: [] })).toBe('root');
  expect(stageRole({ edges: [1] })).toBe('plain');
  expect(stageRole({ edges: [1], handles: 'train' })).toBe('handler');
  expect(stageRole({ edges: [1], isFinal: true })).toBe('final');
});
