import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandTable, visibleCommands } from '../../src/cli/command-table.ts';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx } = sandbox;

describe('help', () => {
  it.each([['--help'], ['-h'], ['help']])('answers %s with every command', async (word) => {
    const { code, stdout, stderr } = await srunx([word]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary } of visibleCommands)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${escapePattern(summary).replaceAll(' ', '\\s+')}$`, 'm'));
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it.each(commandTable.map(({ name }) => name))('of `%s` goes to standard output', async (name) => {
    const { code, stdout, stderr } = await srunx([...name.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: srunx ${name} `);
    expect(stdout).toContain('Examples:');
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('of a command is also behind `help`', async () => {
    expect((await srunx(['help', 'tail'])).stdout).toBe((await srunx(['tail', '--help'])).stdout);
  });

  it('of a group lists its commands', async () => {
    const { code, stdout } = await srunx(['flow', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('  flow status ');
    expect(stdout).not.toContain('squeue');
  });

  it('of a command that is a group too lists both', async () => {
    const { stdout } = await srunx(['history', '--help']);
    expect(stdout).toContain('  -n, --limit <count> ');
    expect(stdout).toMatch(/^Commands:\n {2}history show .*\n/m);
  });

  it('touches nothing: no database, no configuration, no cluster', async () => {
    await srunx(['--help'], { env: { HOME: '/nonexistent', XDG_STATE_HOME: '/nonexistent', PATH: '/nonexistent' } });
    const { code } = await srunx(['squeue', '--help'], {
      env: { XDG_STATE_HOME: '/proc/nonexistent', PATH: '/nonexistent' },
    });
    expect(code).toBe(0);
  });

  it.each(['--version', '-v', '-V'])('%s prints the version alone', async (word) => {
    expect(await srunx([word])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^srunx \d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });
});

describe('a command line that says nothing sensible', () => {
  it.each([
    [[], 'usage.no_command', 'Usage: srunx COMMAND'],
    [['flow'], 'usage.no_command', 'flow status'],
    [['watch'], 'usage.no_command', 'watch jobs'],
    [['squeu'], 'usage.unknown_command', 'hint: Did you mean `srunx squeue`?'],
    [['sque'], 'usage.unknown_command', 'hint: Did you mean `srunx squeue`?'],
    [['flow', 'rnu'], 'usage.unknown_command', 'hint: Did you mean `srunx flow run`?'],
    [['history', 'shwo'], 'usage.unknown_command', 'hint: Did you mean `srunx history show`?'],
    [['history', 'shwo', '--jsn'], 'usage.unknown_command', 'there is no command `history shwo`'],
    [['history', '4711'], 'usage.unknown_command', 'hint: `srunx history --help` lists its commands.'],
    [['help', 'history', 'tga'], 'usage.unknown_command', 'hint: Did you mean `srunx history tag`?'],
    [['cancel', '4'], 'usage.unknown_command', 'hint: Did you mean `srunx scancel`?'],
    [['logs', '4'], 'usage.unknown_command', 'hint: Did you mean `srunx tail`?'],
    [['--quiet', 'squeue'], 'usage.unknown_command', 'hint: Options stand behind the command'],
    [['constructor'], 'usage.unknown_command', '`srunx --help`'],
    [['squeue', '--jbos', '1'], 'usage.unknown_option', 'hint: Did you mean --jobs?'],
    [['squeue', 'extra'], 'usage.excess_arguments', 'hint: `srunx squeue --help`'],
    [['tail'], 'usage.missing_argument', "missing required argument 'job-ids'"],
    [['squeue', '--local', '--embedded'], 'usage.target', 'cannot be used together'],
    [['squeue', '-i', '0'], 'usage.option_value', '--iterate must be a number greater than zero'],
    [['squeue', '-j', '103_4x'], 'usage.job_id', '`103_4x` is not a job id'],
    [['squeue', '-t', 'PENDNG'], 'usage.job_state', 'hint: Did you mean `PENDING`?'],
    [['scancel'], 'usage.missing_argument', 'hint: Give job ids'],
    [['scancel', '1034,103_4 5'], 'usage.job_id', 'is not a job id'],
    [['scancel', '0'], 'usage.job_id', '`0` is not a job id'],
    [['scancel', '12', '-s', '$(x)'], 'usage.option_value', 'is not a signal'],
    [['tail', '12_'], 'usage.job_id', '`12_` is not a job id'],
    [['tail', '12', '-n', '0'], 'usage.option_value', 'hint: Use --all'],
    [['watch', 'jobs'], 'usage.missing_argument', 'no job was named'],
    [['watch', 'jobs', '1', '--me'], 'usage.missing_argument', 'together with'],
    [['sbatch', '--partion', 'x', 'job.sh'], 'usage.unknown_sbatch_option', 'hint: Did you mean `--partition`?'],
    [['sbatch', '-t', 'soon', '--wrap', 'x'], 'usage.sbatch_value', '`soon` is no value for --time'],
    [['sbatch', '--wrap', 'x', 'job.sh'], 'usage.script_or_wrap', 'both --wrap and the script job.sh'],
    [['sbatch', '--env', '1A=x', '--wrap', 'x'], 'usage.option_value', 'cannot be set with --env'],
    [['sbatch', '--env', 'SLURM_X=1', '--wrap', 'x'], 'usage.option_value', 'cannot be set with --env'],
    [['sbatch', '--wait-exit', 'sometimes', '--wrap', 'x'], 'usage.option_value', 'Write code or class.'],
    [['sbatch', '--slurm-arg=--wait', '--wrap', 'x'], 'usage.option_value', "Use srunx's own --wait"],
    [['sbatch', '--conda', 'a', '--venv', 'b', '--wrap', 'x'], 'usage.environment', 'conda and venv'],
    [['sbatch', '--profile', 'energy', '--wrap', 'x'], 'usage.profile', '--slurm-profile'],
  ])('%j exits 2 with %s and one hint', async (args, code, words) => {
    const ran = await srunx(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`^srunx: error\\[${escapePattern(code)}\\]: `));
    expect(ran.stderr).toContain(words);
    expect(ran.stderr.match(/^hint: /gm)).toHaveLength(1);
  });

  it('says it as JSON on standard error where JSON was asked for', async () => {
    const { code, stdout, stderr } = await srunx(['squeue', '-t', 'PENDNG', '--json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        ...{ code: 'usage.job_state', kind: 'usage', message: '`PENDNG` is not a state of a job', detail: null },
        ...{ hint: 'Did you mean `PENDING`?', exit: 2 },
      },
    });
  });

  it("takes no notice of the words of a script: they are not srunx's", async () => {
    const { stderr } = await srunx(['sbatch', 'missing.sh', '--json', '--help']);
    expect(stderr).toMatch(/^srunx: error\[script\.not_found\]/);
  });

  it('shows no control character of what was typed', async () => {
    const { stderr } = await srunx(['tail', '\x1b[31m12']);
    expect(stderr).not.toContain('\x1b');
  });
});

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Words with bytes of their own, which Node cannot hand over. */
function inBash(line: string) {
  const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
  const script = `program=$1; ${line.replaceAll('srunx', '"$0" "$program"')}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, program], {
    ...{ encoding: 'utf8', cwd: sandbox.work, env: { PATH: '/usr/bin:/bin', HOME: sandbox.dir } },
  });
  return { code: status, stdout, stderr };
}

describe('bytes that are no UTF-8', () => {
  it.each([
    ["srunx sbatch --embedded --wrap $'echo \\xff'", 'argument 4 is not UTF-8 text: echo \\xff'],
    ["srunx sbatch --embedded $'s\\xe9.sh'", 'argument 3 is not UTF-8 text: s\\xe9.sh'],
    ["srunx squeue -n $'\\xff\\xef\\xbf\\xbd'", 'argument 3 is not UTF-8 text: \\xff\\xef\\xbf\\xbd'],
    [
      "mkdir -p $'d\\xff'; cd $'d\\xff'; srunx sbatch --embedded --wrap true",
      'the name of the current directory is not',
    ],
  ])('are refused before they reach anybody: %s', (line, words) => {
    const ran = inBash(line);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr.split('\n')[0]).toContain(`srunx: error[usage.encoding]: ${words}`);
  });

  it('are told of where a variable holds them', () => {
    const ran = inBash("X=$'\\xe9' Y=$'\\xef\\xbf\\xbd' srunx sbatch --embedded --dry-run --wrap true");
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain('srunx: the variable X is not UTF-8 text: jobs get it with U+FFFD in it\n');
    expect(ran.stderr).not.toContain('variable Y');
  });

  it('are not confused with the sign that stands for them', () => {
    expect(inBash("srunx sbatch --embedded --dry-run --wrap $'echo \\xef\\xbf\\xbd'")).toMatchObject({ code: 0 });
  });
});
