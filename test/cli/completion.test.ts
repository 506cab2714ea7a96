import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { useSandbox } from './sandbox.ts';

const sandbox = useSandbox();
const { srunx, dir } = sandbox;
const bin = join(dir, 'bin');

/** What a shell finds under the name `srunx`: the program itself. */
beforeAll(() => {
  mkdirSync(bin);
  const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
  writeFileSync(join(bin, 'srunx'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
  mkdirSync(join(dir, 'cache', 'srunx'), { recursive: true });
  const names = {
    jobs: [
      { id: '12', name: "it's $(x)\u001b[31m", state: 'RUNNING' },
      { id: '13_[0-9]', name: 'many', state: 'PENDING' },
      { id: '14', name: 'x'.repeat(500), state: '' },
      { id: '25', name: 'elsewhere', state: 'PENDING', target: 'local' },
    ],
    partitions: ['gpu', 'gpu-large', 'cpu'],
  };
  writeFileSync(join(dir, 'cache', 'srunx', 'names.json'), JSON.stringify(names));
  sandbox.write('flow.yaml', 'args: {lr: 0.1, layers: 2}\njobs:\n  - {name: prepare}\n  - {name: train}\n');
});

const env = () => ({ ...process.env, PATH: `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: join(dir, 'cache') });

/** What Tab offers in a real bash: its own splitting of the line into words, and our function. */
function inBash(line: string, type = 9): readonly string[] {
  const script = [
    'eval "$(srunx completion bash)"',
    'COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=$2',
    // As bash does it, with its usual word breaks.
    'read -ra words <<<"$(sed -E "s/([=:])/ \\1 /g" <<<"$1")"',
    '[[ $1 == *[[:space:]] ]] && words+=("")',
    'COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))',
    '_srunx 2>/dev/null',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const options = { encoding: 'utf8', env: env(), cwd: sandbox.work } as const;
  return execFileSync('bash', ['-c', script.join('\n'), 'bash', line, `${type}`], options)
    .split('\n')
    .filter(Boolean);
}

describe('in bash', () => {
  it.each([
    ['srunx scan', ['scancel']],
    ['srunx scancel 1', ['12', '13_[0-9]']],
    ['srunx squeue -p gpu', ['gpu', 'gpu-large']],
    ['srunx squeue --partition=gpu-', ['gpu-large']],
    ['srunx squeue -t PENDING,RUN', ['PENDING,RUNNING']],
    ['srunx flow run flow.yaml --job ', ['prepare', 'train']],
    ['srunx flow run flow.yaml --arg l', ['lr=', 'layers=']],
    ['srunx sbatch fl', ['flow.yaml']],
    ['srunx tail 1', ['12', '13_[0-9]', '14']],
    ['srunx squeue -n m', ['many']],
    ['srunx squeue --local -n els', ['elsewhere']],
    ['srunx scancel --local 2', ['25']],
    ['srunx scancel --embedded 2', []],
    ['srunx squeue -o job_id,elapsed_t', ['job_id,elapsed_time']],
    ['srunx squeue --sort=-elapsed_t', ['-elapsed_time']],
    ['srunx sinfo -S +avail', ['+avail']],
    ['srunx sbatch -d after', ['afterok:', 'after:', 'afterany:', 'afternotok:', 'aftercorr:']],
    ['srunx sbatch -d afterok:1', ['12']],
    ['srunx sbatch --dependency=afterok:7:1', ['12']],
  ])('%s', (line, expected) => {
    expect(inBash(line)).toEqual(expected);
  });

  it('says what jobs are called where it lists them, and cuts long names', () => {
    expect(inBash('srunx tail 1', 63)).toEqual([
      "12  -- it's $(x)\\x1b[31m (RUNNING)",
      '13_[0-9]  -- many (PENDING)',
      `14  -- ${'x'.repeat(37)}...`,
    ]);
    expect(inBash('srunx tail 14', 63)).toEqual(['14']);
  });
});

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

describe.skipIf(!hasZsh)('in zsh', () => {
  it.each([
    ['srunx scan', ['scancel']],
    ['srunx scancel 1', ['12', '13_[0-9]']],
    ['srunx squeue --partition=gpu-', ['gpu-large']],
  ])('%s', (line, expected) => {
    // Only the functions that zsh's own completion system would give are played here.
    const script = [
      'compdef() { : }; compset() { IPREFIX=${PREFIX%%=*}=; PREFIX=${PREFIX#*=} }',
      'compadd() { print -rl -- "${(@P)@[-1]}" }',
      'eval "$(srunx completion zsh)"',
      'LBUFFER=$1 PREFIX=${1##* } IPREFIX=; _srunx',
    ];
    const options = { encoding: 'utf8', env: env(), cwd: sandbox.work } as const;
    const out = execFileSync('zsh', ['-fc', script.join('\n'), 'zsh', line], options);
    expect(out.split('\n').filter(Boolean)).toEqual(expected);
  });
});

it('says what a word means, without letting names act', async () => {
  const { stdout } = await srunx(['__complete', '--', 'srunx scancel 12']);
  expect(stdout).toBe("words\n12\tit's $(x)\\x1b[31m (RUNNING)\n");
});

it('stays silent where there is nothing to offer, whatever the cache holds', async () => {
  writeFileSync(join(dir, 'cache', 'srunx', 'names.json'), '{"jobs": 7, "partitions": ["gpu"');
  expect(await srunx(['__complete', '--', 'srunx scancel '])).toMatchObject({ code: 0, stdout: 'words\n', stderr: '' });
});

it('has a script for each shell, and names them for another', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    expect((await srunx(['completion', shell])).stdout).toContain('srunx __complete');
  }
  expect(await srunx(['completion', 'bsh'])).toMatchObject({ code: 2, stdout: '' });
});
