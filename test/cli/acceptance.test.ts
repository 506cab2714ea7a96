import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);
const { srunx, submit, dir } = sandbox;

const bin = join(dir, 'counting');
const calls = join(dir, 'calls');

/** Slurm's commands, each of which leaves its name behind. */
beforeAll(() => {
  mkdirSync(bin);
  for (const name of ['squeue', 'sacct', 'scontrol', 'sinfo', 'scancel', 'sprio', 'sstat', 'sacctmgr', 'sbatch']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} >>'${calls}'\nPATH=\${PATH#*:} exec ${name} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
});

const counted = () => ({ PATH: `${bin}:${process.env['PATH']}` });

describe('an id that is none', () => {
  const verbs = [
    'scancel',
    'hold',
    'release',
    'requeue',
    'suspend',
    'resume',
    'show',
    'eta',
    'prio',
    'tail',
    'watch jobs',
  ];
  const lines = [...verbs.map((verb) => verb.split(' ')), ['update', '--time=5'], ['squeue', '-j'], ['sacct', '-j']];

  it.each(lines)('is refused by %s %s before Slurm hears of anything', async (...line) => {
    rmSync(calls, { force: true });
    for (const id of ['12x', '1_2_3', '103_', '１２', '0', '-1', '1;rm']) {
      const words = line.filter((word): word is string => typeof word === 'string');
      const ran = await srunx([...words, id], { env: counted() });
      expect({ id, code: ran.code, stdout: ran.stdout }, ran.stderr).toEqual({ id, code: 2, stdout: '' });
    }
    expect(existsSync(calls) ? readFileSync(calls, 'utf8') : '').toBe('');
  });
});

describe('names that are meant to hurt', () => {
  const names = [
    '[red] a|b',
    'c\'d "e"',
    '$(x) `y`',
    '日本語',
    'x\x1b[31my',
    'z'.repeat(500),
    'tab\there',
    'a\\nb',
    ',;=',
  ];
  const ids: string[] = [];

  beforeAll(async () => {
    for (const name of names) ids.push(await submit(['-J', name, '-o', '/dev/null', '--wrap', 'true']));
    await srunx(['watch', 'jobs', ...ids]);
  }, 60_000);
  afterAll(() => srunx(['scancel', ...ids]).then(() => undefined));

  const listings: readonly (readonly [string, string, () => readonly string[]])[] = [
    ['squeue', 'name', () => ['squeue', '-t', 'all', '-j', ids.join(',')]],
    ['sacct', 'job_name', () => ['sacct', '-q', '-j', ids.join(',')]],
    ['history', 'name', () => ['history', '-q', '-j', ids.join(',')]],
  ];

  it.each(listings)('survive %s in every format, however narrow the screen', async (command, key, line) => {
    const run = async (...format: readonly string[]) => {
      const ran = await srunx([...line(), ...format], { env: { COLUMNS: '20' } });
      expect(ran.code, ran.stderr).toBe(0);
      return ran.stdout;
    };
    // The accounting's database hears of names a moment later, and keeps its own version of some.
    if (command === 'sacct') await expect.poll(() => sacctNames(ids), { timeout: 30_000 }).not.toContain('allocation');
    const own = command === 'sacct' ? sacctNames(ids) : names;
    const sorted = [...own].sort();
    const namesOf = (rows: unknown) => (rows as Record<string, string>[]).map((row) => row[key]).sort();
    expect(namesOf(JSON.parse(await run('--json')))).toEqual(sorted);
    expect(namesOf(parseYaml(await run('-f', 'yaml')))).toEqual(sorted);
    const lines = (await run('-f', 'jsonl')).trimEnd().split('\n');
    expect(namesOf(lines.map((text) => JSON.parse(text) as unknown))).toEqual(sorted);
    const tsv = (await run('-f', 'tsv', '-o', key, '--no-header')).trimEnd().split('\n');
    expect(
      tsv.map((text) => JSON.parse(`"${text.replaceAll('"', '\\"').replaceAll('\x1b', '\\u001b')}"`) as string).sort(),
    ).toEqual(sorted);
    expect((await run('-f', 'ids')).trimEnd().split('\n').sort()).toEqual([...ids].sort());
    for (const format of ['table', 'wide']) {
      const table = await run('-f', format);
      expect(table.trimEnd().split('\n'), format).toHaveLength(names.length + 1);
      expect(table, format).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    }
  });

  it('survive a look at the job', async () => {
    for (const [index, name] of names.entries()) {
      const ran = await srunx(['show', ids[index] ?? '', '--json']);
      expect(JSON.stringify(JSON.parse(ran.stdout))).toContain(JSON.stringify(name));
      expect((await srunx(['show', ids[index] ?? ''])).stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    }
  }, 60_000);
});

function sacctNames(ids: readonly string[]): readonly string[] {
  const args = ['-X', '-n', '-P', '-j', ids.join(','), '-o', 'JobName'];
  const env = { ...process.env, ...cluster().env, LC_ALL: 'C' };
  return execFileSync('sacct', args, { env, encoding: 'utf8' }).trimEnd().split('\n');
}

describe('standard output in a pipe', () => {
  const lines = [
    ...['squeue', 'squeue -t all', 'sinfo', 'sinfo -N', 'sinfo -s', 'sinfo -R', 'gpus', 'sacct', 'history', 'limits'],
    ...['flow list', 'config show --all', 'config paths', 'eta --me', 'prio --me', 'watch cluster --once'],
  ];

  it.each(lines)('of %s is data alone: no colours, no remarks, nothing but ASCII of ours', async (line) => {
    const env = { NO_COLOR: '1', TERM: 'xterm' };
    const ran = await srunx(line.split(' '), { env });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).not.toMatch(/\x1b|srunx:|hint:/);
    expect(ran.stderr).not.toContain('\x1b');
    const json = await srunx([...line.split(' '), '--json'], { env });
    expect(() => JSON.parse(json.stdout) as unknown, json.stdout).not.toThrow();
  });

  it.each(['squeue -t all -f csv', 'sinfo -N', 'sacct'])('of %s may end early', async (line) => {
    const started = sandbox.start(line.split(' '));
    started.closeStdout();
    expect((await started.ended).code).toBe(0);
  });
});
