import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, json, start, write, work } = sandbox;

const timeout = 60_000;

write(
  'pipe.yaml',
  `name: pipe
jobs:
  - {name: a, command: "echo a"}
  - {name: b, command: "exit 3", depends_on: [a]}
  - {name: c, command: "echo c", depends_on: [b]}
  - {name: d, command: "echo d", depends_on: ["afterany:b"]}
`,
);
write('slow.yaml', 'name: slow\njobs:\n  - {name: s, command: "sleep 2; echo slept >> slept.txt"}\n');

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly reason: string | null }[];
}

describe.each(['--local', '--embedded'])('srunx flow run %s', (target) => {
  it('prints one line per transition in a pipe, then the table', async () => {
    const { code, stdout, stderr } = await srunx(['flow', 'run', target, '-i', '0.2', 'pipe.yaml']);
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(/^srunx: run [a-z0-9]{10}: 4 jobs handed over to .*\n$/);
    const lines = stdout.trimEnd().split('\n');
    const transitions = lines.filter((line) => /^\d{4}-/.test(line));
    for (const line of transitions) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z [abcd] \(\d+\) [a-z]+(?:: .*)?$/);
    for (const end of ['a (', 'b (']) expect(stdout).toContain(` ${end}`);
    expect(transitions.map((line) => line.replace(/^\S+ (\w) \(\d+\) /, '$1 '))).toEqual(
      expect.arrayContaining(['a completed', 'b failed: exit', 'c skipped: b failed (afterok)', 'd completed']),
    );
    expect(lines.at(-6)).toMatch(/^pipe {2}run [a-z0-9]{10} on \w+: failed \(4 of 4 jobs ended\)$/);
    expect(lines.at(-5)).toMatch(/^JOB {2}ID +STATE +TIME {2}NODES {2}WHY$/);
    expect(lines.at(-2)).toMatch(/^c +\d+ +skipped +- +- +b failed \(afterok\)$/);
  });

  it('prints one JSON document, which `flow status` and `flow list` show as well', async () => {
    const run = await json<Run>(['flow', 'run', target, '-i', '0.2', 'pipe.yaml'], { code: 4 });
    expect(run.jobs.map(({ state }) => state)).toEqual(['completed', 'failed', 'skipped', 'completed']);
    expect(await json<Run>(['flow', 'status', run.run_id])).toMatchObject(run);
    expect(await json<Run>(['flow', 'status', run.run_id.slice(0, 6)])).toMatchObject(run);
    expect((await json<Run[]>(['flow', 'list', '-n', '1']))[0]).toEqual(run);
    const table = await srunx(['flow', 'list']);
    expect(table.stdout).toMatch(/^RUN +NAME +TARGET +STATUS +JOBS +STARTED +FILE\n/);
    expect(table.stdout).toMatch(
      new RegExp(`^${run.run_id} +pipe +\\w+ +failed +4/4 +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +pipe.yaml$`, 'm'),
    );
  });

  it('leaves with --detach once everything is handed over', async () => {
    const ran = await srunx(['flow', 'run', target, '--detach', 'slow.yaml']);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[a-z0-9]{10}\n$/) });
    expect(ran.stderr).toContain(': 1 job handed over to');
    const id = ran.stdout.trim();
    await expect.poll(async () => (await json<Run>(['flow', 'status', id])).status, { timeout }).toBe('completed');
    expect(await json(['flow', 'run', target, '--detach', 'slow.yaml'])).toEqual({
      ...{ run_id: expect.stringMatching(/^[a-z0-9]{10}$/), jobs: 1, verdict: expect.stringContaining('handed over') },
    });
  });

  it('detaches when it is interrupted, says how to come back, and the run goes on', async () => {
    const started = start(['flow', 'run', target, '-i', '0.2', 'slow.yaml']);
    await expect.poll(started.stdout, { timeout }).toContain(' running\n');
    const { code, ms, stdout, stderr } = await started.interrupt();
    expect(code).toBe(130);
    expect(ms).toBeLessThan(1_000);
    expect(stdout).not.toContain('completed');
    const [, id = ''] =
      /detached; the run goes on\. `srunx flow attach ([a-z0-9]{10})` follows it again\.\n$/.exec(stderr) ?? [];
    await expect.poll(async () => (await json<Run>(['flow', 'status', id])).status, { timeout }).toBe('completed');
  });
});

it('an interrupt during the hand-over says with --quiet, too, which run that was', async () => {
  write('quiet.yaml', 'name: quiet\njobs: [{name: a, command: "sleep 60"}]\n');
  const runs = join(sandbox.dir, 'data', 'srunx', 'runs');
  const known = new Set(readdirSync(runs));
  const started = start(['flow', 'run', '--embedded', '-q', 'quiet.yaml']);
  const added = () => readdirSync(runs).find((name) => !known.has(name));
  await expect.poll(added, { timeout, interval: 2 }).toBeDefined();
  const { code, stderr } = await started.interrupt();
  expect(code).toBe(130);
  expect(stderr).toMatch(new RegExp(`^srunx: .*\\bsrunx flow attach ${added()}\\b.*\\n$`));
  expect((await srunx(['flow', 'cancel', added() ?? ''])).code).toBe(0);
});

describe('at a terminal', () => {
  it('a table changes in place, never larger than the screen, and ends whole', async () => {
    const jobs = Array.from(
      { length: 30 },
      (_, index) => `  - {name: job-${index}-with-a-long-name, command: "sleep 0.2"}\n`,
    );
    write('many.yaml', `name: "many $(x)"\njobs:\n${jobs.join('')}`);
    const size = { columns: 60, rows: 10 };
    const started = sandbox.startAtTerminal(['flow', 'run', '--embedded', 'many.yaml'], size);
    const { code, stdout } = await started.ended;
    expect(code).toBe(0);
    const frames = stdout.split(/\x1b\[\d+A\r/);
    expect(frames.length).toBeGreaterThan(3);
    for (const frame of frames.slice(1, -1)) {
      const lines = frame
        .replace(/\x1b\[[0-9;]*[A-Za-z]/g, '')
        .trimEnd()
        .split('\r\n');
      expect(lines.length).toBeLessThan(size.rows);
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(size.columns);
      expect(lines.at(-1)).toMatch(/^… and \d+ more: /);
    }
    const last = (frames.at(-1) ?? '').replace(/\x1b\[[0-9;]*[A-Za-z]/g, '');
    expect(last.match(/^job-\d+-with-a-long-name +\d+ +completed /gm)).toHaveLength(30);
    expect(last).toContain('many $(x)  run ');
  });

  it('has colours, unless NO_COLOR is set', async () => {
    const coloured = await sandbox.startAtTerminal(['flow', 'run', '--embedded', 'slow.yaml'], {
      columns: 80,
      rows: 24,
    }).ended;
    expect(coloured.stdout).toContain('\x1b[32mcompleted\x1b[0m');
    const plain = await sandbox.startAtTerminal(
      ['flow', 'run', '--embedded', 'slow.yaml'],
      { columns: 80, rows: 24 },
      { NO_COLOR: '1' },
    ).ended;
    expect(plain.stdout).toContain('completed');
    expect(plain.stdout).not.toMatch(/\x1b\[[0-9;]*m/);
  });

  it('Ctrl-C leaves the table where it is and says how to come back', async () => {
    const started = sandbox.startAtTerminal(['flow', 'run', '--embedded', 'slow.yaml'], { columns: 80, rows: 24 });
    await expect.poll(started.stdout, { timeout }).toContain('running');
    started.write('\x03');
    const { code, stdout } = await started.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/detached; the run goes on\. `srunx flow attach [a-z0-9]{10}` follows it again\./);
    expect(stdout).not.toContain('completed (1');
  });
});

describe('a workflow file that cannot be run', () => {
  it.each([
    ['a file that is not there', 'missing.yaml', undefined, 7, 'workflow.file_not_found', 'Check the path'],
    ['YAML that does not parse', 'broken.yaml', 'jobs: [{name: a', 2, 'workflow', ''],
    ['an unknown key', 'unknown.yaml', 'jobs:\n  - {name: a, comand: x}\n', 2, 'workflow', 'command'],
    [
      'a cycle',
      'cycle.yaml',
      'jobs:\n  - {name: a, command: x, depends_on: [b]}\n  - {name: b, command: x, depends_on: [a]}\n',
      2,
      'workflow',
      'a -> b -> a',
    ],
    ['an unknown parent', 'parent.yaml', 'jobs:\n  - {name: a, command: x, depends_on: [z]}\n', 2, 'workflow', 'z'],
    [
      'a script that is not there',
      'script.yaml',
      'jobs:\n  - {name: a, script_path: none.sh}\n',
      2,
      'workflow',
      'none.sh',
    ],
    ['a huge file', 'huge.yaml', `# ${'x'.repeat(17 << 20)}\n`, 2, 'workflow.unusable', 'data does not belong'],
    ['no jobs', 'empty.yaml', 'name: x\n', 2, 'workflow', 'jobs'],
    ['something else than YAML', 'binary.yaml', '\x00\x01\x02', 2, 'workflow', ''],
  ])('%s', async (_, name, content, code, kind, words) => {
    if (content !== undefined) write(name, content);
    const before = await json<unknown[]>(['flow', 'list']);
    for (const args of [
      ['flow', 'run', '--embedded', name],
      ['flow', 'validate', '--embedded', name],
    ]) {
      const ran = await srunx(args);
      expect(ran, ran.stderr).toMatchObject({ code, stdout: '' });
      expect(ran.stderr).toMatch(new RegExp(`^srunx: error\\[${kind.replace('.', '\\.')}`));
      expect(ran.stderr).toContain(words);
      expect((ran.stderr.match(/^hint: /gm) ?? []).length).toBeLessThan(2);
    }
    expect(await json(['flow', 'list'])).toHaveLength(before.length);
  });

  it('is shown with its scripts and edges by --dry-run where it can, and nothing is submitted', async () => {
    const before = await json<unknown[]>(['flow', 'list']);
    const { code, stdout } = await srunx(['flow', 'run', '--embedded', '--dry-run', 'pipe.yaml']);
    expect(code).toBe(0);
    expect(stdout).toContain('echo a');
    expect(stdout).toContain('afterany');
    expect((await srunx(['flow', 'validate', 'pipe.yaml'])).stdout).toBe('pipe: valid, 4 jobs\n');
    expect(await json(['flow', 'list'])).toHaveLength(before.length);
  });

  it('a job that Slurm refuses starts nothing', async () => {
    write('refused.yaml', 'jobs:\n  - {name: a, command: "true"}\n  - {name: b, command: "true", partition: nope}\n');
    const ran = await srunx(['flow', 'run', '--local', 'refused.yaml']);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toContain(
      'local refused `b`; nothing was started\nsbatch: error: invalid partition specified: nope\n',
    );
    expect(ran.stderr).toContain('hint: There are: ');
    expect((await json<Run>(['flow', 'status'])).jobs.map(({ state }) => state)).toEqual(['withdrawn', 'refused']);
  });

  it('an unwritable log directory is found before anything is submitted', async () => {
    write('a file', '');
    write('logs.yaml', 'jobs:\n  - {name: a, command: "true", log_dir: "a file/logs"}\n');
    for (const target of ['--local', '--embedded']) {
      const ran = await srunx(['flow', 'run', target, 'logs.yaml']);
      expect(ran, ran.stderr).toMatchObject({ code: 8, stdout: '' });
      expect(ran.stderr).toContain(`the log directory ${work}/a file/logs cannot be written; nothing was submitted`);
    }
  });

  it('a missing working directory is found before anything is submitted, and is not made', async () => {
    write('work-dir.yaml', 'jobs:\n  - {name: a, command: "true", work_dir: none, log_dir: logs}\n');
    for (const target of ['--local', '--embedded']) {
      const ran = await srunx(['flow', 'run', target, 'work-dir.yaml']);
      expect(ran, ran.stderr).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(`there is no directory ${work}/none to work in; nothing was submitted`);
    }
    expect(existsSync(join(work, 'none'))).toBe(false);
  });
});
