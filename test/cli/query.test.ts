import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandTable } from '../../src/cli/command-table.ts';
import { describeCommand } from '../../src/cli/describe-command.ts';
import { useSandbox } from './sandbox.ts';

const { srunx, json, submit, dir, write } = useSandbox();

describe('--query', () => {
  let ids: readonly string[] = [];
  beforeAll(async () => {
    const names = ['b c', '日本語', 'a'];
    ids = await Promise.all(names.map((name) => submit(['--embedded', '-H', '-J', name, '--wrap', 'true'])));
  });

  it('is applied to what --json prints, filtered and sorted', async () => {
    const all = await json<{ job_id: string; name: string }[]>(['squeue', '--embedded', '--sort', 'name']);
    const ask = (...args: string[]) => srunx(['squeue', '--embedded', '--sort', 'name', ...args]);
    expect(JSON.parse((await ask('--query', '@')).stdout)).toEqual(all);
    const names = await ask('--json', '--query', '[].name');
    expect(names).toMatchObject({ code: 0, stdout: '["a","b c","日本語"]\n', stderr: '' });
    expect((await ask('-j', ids[0] ?? '', '--query', 'length(@)')).stdout).toBe('1\n');
    expect((await ask('--query', '[0].{id: job_id, name: name}', '-f', 'yaml')).stdout).toBe(
      `id: "${all[0]?.job_id}"\nname: a\n`,
    );
    expect((await ask('--query', "[?name != 'a'].[name, cpus]", '-f', 'tsv')).stdout).toBe('b c\t1\n日本語\t1\n');
    expect((await ask('--query', '[].{name: name}', '-f', 'table')).stdout).toBe('NAME\na\nb c\n日本語\n');
    expect((await ask('--query', '[].name', '-f', 'jsonl')).stdout).toBe('"a"\n"b c"\n"日本語"\n');
  });

  it('works on one result, on records, and on a stream', async () => {
    const submitted = await srunx(['sbatch', '--embedded', '--wrap', 'echo one; echo two', '--query', 'job_id', '-q']);
    const id = JSON.parse(submitted.stdout) as string;
    expect(id).toMatch(/^\d+$/);
    const watched = await srunx([
      'watch',
      'jobs',
      '--embedded',
      id,
      '-i',
      '0.2',
      '--query',
      "[@][?to == 'COMPLETED'] | [0].job_id",
    ]);
    expect(watched).toMatchObject({ code: 0, stdout: `"${id}"\n` });
    expect((await srunx(['show', '--embedded', id, '--query', 'accounting.status'])).code).toBe(0);
    expect((await srunx(['tail', '--embedded', id, '--query', 'line'])).stdout).toBe('"one"\n"two"\n');
    write('w.yaml', 'name: w\njobs:\n  - {name: a, command: "true"}\n');
    expect((await srunx(['flow', 'validate', '--embedded', 'w.yaml', '--query', 'jobs'])).stdout).toBe('1\n');
    expect((await srunx(['history', 'note', '--embedded', id, 'done', '--query', '[].note'])).stdout).toBe(
      '["done"]\n',
    );
  });

  it('tells what was done where it fails on that', async () => {
    const { code, stdout, stderr } = await srunx(['sbatch', '--embedded', '--wrap', 'true', '--query', 'sum(job_id)']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^\{"job_id":"\d+",.*\}\nsrunx: error\[usage\.query\]: --query `sum\(job_id\)` fails at/s);
  });

  it.each([
    [
      ['squeue', '--query', "[?status = 'x'"],
      'usage.query',
      'at position 10: `=` means nothing here',
      'Compare with ==',
    ],
    [
      ['sinfo', '--query', 'lenght(@)', '--json'],
      'usage.query',
      'there is no function `lenght`',
      'Did you mean `length`?',
    ],
    [
      ['sbatch', '--wrap', 'true', '--query', 'a['],
      'usage.query',
      'a[` cannot be read at position 3',
      'Write for example',
    ],
    [
      ['squeue', '--query', '@', '-f', 'ids'],
      'usage.option_conflict',
      '--query and --format ids',
      'Keep the one you mean',
    ],
    [
      ['squeue', '--query', '@', '-o', '%i'],
      'usage.option_conflict',
      '--query and a % pattern',
      'Keep the one you mean',
    ],
    [['sacct', '--query', '@', '-P'], 'usage.option_conflict', '--parsable2 and --query', 'Choose the fields with -o'],
  ])('refuses %j before anything of Slurm is run', async (args, code, message, hint) => {
    const bin = join(dir, 'no-slurm');
    const marker = join(dir, 'asked');
    mkdirSync(bin, { recursive: true });
    for (const name of ['squeue', 'sinfo', 'sbatch', 'sacct', 'scontrol']) {
      writeFileSync(join(bin, name), `#!/bin/sh\ntouch '${marker}'\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const env = { PATH: `${bin}${delimiter}${process.env['PATH']}` };
    const ran = await srunx([...args, '--local'], { env });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(code);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain(hint);
    expect(existsSync(marker)).toBe(false);
  });

  it('is an option of every command that has --json', async () => {
    for (const entry of commandTable) {
      const options = describeCommand(await entry.load()).options.map(({ long }) => long);
      expect(options.includes('--query'), entry.name).toBe(options.includes('--json'));
    }
  });
});
