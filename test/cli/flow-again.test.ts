import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSandbox } from './sandbox.ts';

const cluster = useDevCluster();
const { srunx, json, write, work } = useSandbox(() => cluster().env);

interface Run {
  readonly run_id: string;
  readonly status: string;
  readonly directory: string;
  readonly jobs: readonly { readonly name: string; readonly state: string; readonly reason: string | null }[];
}

function git(cwd: string, ...args: readonly string[]): string {
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
  const ran = spawnSync('git', [...author, ...args], { cwd, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
}

describe.each(['--local', '--embedded'])('runs of workflows, %s', (target) => {
  it('are recorded with where they came from', async () => {
    const repository = join(work, `repo${target}`);
    const at = `repo${target}/flow.yaml`;
    mkdirSync(repository);
    git(repository, 'init', '-q', '-b', 'main');
    write(at, 'args: {word: hi, api_key: none}\njobs:\n  - {name: a, command: "echo {{ word }} {{ api_key }}"}\n');
    git(repository, 'add', '.');
    git(repository, 'commit', '-q', '-m', 'x');
    const text = `${readFileSync(join(work, at), 'utf8')}# changed\n`;
    write(at, text);
    write(`repo${target}/notes.txt`, 'mine');
    const env = { LOADEDMODULES: 'gcc/12:cuda/12', CONDA_DEFAULT_ENV: 'research', SOME_TOKEN: 'abc123' };
    const args = ['--arg', 'word=ho', '--arg', 'api_key=top-secret'];
    const ran = await json<Run>(['flow', 'run', target, '-i', '0.2', at, ...args], { env });
    const shown = JSON.parse((await srunx(['history', 'show', '--json', ran.run_id])).stdout) as Record<
      string,
      unknown
    >;
    expect(shown['provenance']).toMatchObject({
      argv: ['flow', 'run', '--json', target, '-i', '0.2', at, '--arg', 'word=ho', '--arg', 'api_key=***'],
      file: { path: join(work, at), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      given: { word: 'ho', api_key: '***' },
      args: { word: 'ho', api_key: '***' },
      code: {
        ...{ root: repository, commit: git(repository, 'rev-parse', 'HEAD'), branch: 'main', dirty: true },
        ...{ untracked: ['notes.txt'], diff: { file: 'dirty.diff', is_cut: false } },
      },
      environment: { modules: ['gcc/12', 'cuda/12'], conda: 'research' },
    });
    const { directory } = ran;
    expect(readFileSync(join(directory, 'dirty.diff'), 'utf8')).toContain('+# changed\n');
    const words = (await srunx(['history', 'show', ran.run_id])).stdout;
    for (const fact of ['submitted by', 'on main, with changes', 'gcc/12, cuda/12']) expect(words).toContain(fact);
    const plan = readFileSync(join(directory, 'plan.json'), 'utf8');
    expect(statSync(join(directory, 'plan.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(plan)).toMatchObject({
      plan: { written: { files: [{ source: at, text }], args: { word: 'ho', api_key: 'top-secret' } } },
    });
    const described = readFileSync(join(directory, 'run.json'), 'utf8');
    for (const secret of ['top-secret', 'abc123']) expect(described).not.toContain(secret);
  });
});
