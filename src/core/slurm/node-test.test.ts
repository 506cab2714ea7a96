import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseNodeTestReport, renderNodeTest } from './node-test.ts';

// Stand-ins for Slurm's commands, for sites that lack one. The real thing is in test/cli.
const root = mkdtempSync(join(tmpdir(), 'srunx-node-test-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;

/** Runs the job in a directory of its own; commands that are not named are not there. */
function run(commands: Readonly<Record<string, string>>, { token = 'secret', again = false } = {}) {
  count += 1;
  const directory = join(root, `${count} a'b $(x)`);
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(directory, 'token'), token);
  for (const [name, body] of Object.entries({ sleep: 'exit 0', ...commands })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  for (const name of ['cat', 'head', 'tr'])
    symlinkSync(['/usr/bin', '/bin'].map((place) => join(place, name)).find(existsSync) ?? '', join(bin, name));
  if (again) writeFileSync(join(directory, 'requeued'), '');
  const script = join(directory, 'job.sh');
  writeFileSync(script, renderNodeTest({ directory, token: 'secret', signalSeconds: 2 }));
  const env = { PATH: bin, SLURM_JOB_ID: '7', SLURMD_NODENAME: 'n1' };
  const { status } = spawnSync('/bin/sh', [script], { env, encoding: 'utf8' });
  const path = join(directory, 'report');
  return { status, report: parseNodeTestReport(existsSync(path) ? readFileSync(path, 'utf8') : '') };
}

const all = {
  scontrol: 'case $1 in requeue) kill -USR2 $PPID; exit 0 ;; esac; echo "JobId=$3"',
  sbatch: 'exit 0',
};

describe('the test job', () => {
  it('says what is missing', () => {
    const { abilities, complaints } = run({}).report;
    expect(abilities).toMatchObject({ sharedDirectory: true, scontrol: false, sbatch: false, requeue: false });
    expect(complaints.scontrol).toMatch(/scontrol.*not found/);
  });

  it('finds out what works, and what was said where something does not', () => {
    const { status, report } = run({
      scontrol: 'case $1 in requeue) echo "Requested operation is presently disabled" >&2; exit 1 ;; esac',
      sbatch: 'echo "sbatch: error: no" >&2; exit 1',
      // The signal comes while it waits.
      sleep: 'kill -USR1 $PPID',
    });
    expect(status).toBe(0);
    expect(report).toEqual({
      ready: true,
      node: 'n1',
      abilities: { sharedDirectory: true, scontrol: true, sbatch: false, signals: true, requeue: false },
      complaints: { sbatch: 'sbatch: error: no', requeue: 'Requested operation is presently disabled' },
    });
  });

  it('says that no signal came', () => {
    const { report } = run({ ...all, scontrol: 'case $1 in requeue) exit 1 ;; esac' });
    expect(report.abilities.signals).toBe(false);
    expect(report.complaints.signals).toBe('nothing came within 2 s');
  });

  it('proves the requeue by its second start, and does nothing where nobody waits for it', () => {
    expect(run(all, { again: true }).report.abilities).toMatchObject({ requeue: true, scontrol: null });
    const late = run(all, { token: 'another' });
    expect(late).toMatchObject({ status: 0, report: { ready: false, abilities: { sharedDirectory: null } } });
  });
});

describe('parseNodeTestReport', () => {
  it('leaves out a line that is still being written', () => {
    expect(parseNodeTestReport('sharedDirectory yes n1\nscontrol no').abilities).toMatchObject({
      sharedDirectory: true,
      scontrol: null,
    });
  });

  it.each([
    ['/spool/job1/slurm_script: 14: scontrol: not found', 'scontrol: not found'],
    ['/spool/job1/slurm_script: line 14: scontrol: command not found', 'scontrol: command not found'],
  ])('shortens %s', (said, short) =>
    expect(parseNodeTestReport(`scontrol no ${said}\n`).complaints.scontrol).toBe(short),
  );
});
