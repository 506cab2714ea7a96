import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'srunx-package-test-'));
const home = join(scratch, 'home');
const modules = join(scratch, 'app', 'node_modules');
afterAll(() => rmSync(scratch, { recursive: true }));

interface PackageJson {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What `npm install` of the packed file makes, without a registry: the package and what it depends on, and nothing else. */
beforeAll(async () => {
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch, root]);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  mkdirSync(join(modules, 'srunx'), { recursive: true });
  mkdirSync(home);
  await run('tar', ['-xzf', join(scratch, filename), '-C', join(modules, 'srunx'), '--strip-components=1']);
  copyDependencies(join(modules, 'srunx'));
}, 60_000);

describe('the installed package', () => {
  it('is small, and the program few files: homes of clusters are slow network file systems', async () => {
    const program = ['-type', 'f', '-not', '-path', '*/types/*'];
    const files = (await run('find', [join(modules, 'srunx', 'dist'), ...program])).trim().split('\n');
    expect(files.length).toBeLessThanOrEqual(26);
    const kilobytes = Number((await run('du', ['-sk', join(modules, 'srunx')])).split('\t')[0]);
    expect(kilobytes).toBeLessThanOrEqual(5 * 1024);
    expect(existsSync(join(modules, 'srunx', 'src'))).toBe(false);
  });

  it('loads little for help, and neither database nor planner for what asks the cluster', () => {
    const dist = join(modules, 'srunx', 'dist');
    const entry = readFileSync(join(dist, 'srunx.js'), 'utf8');
    const imported = [...entry.matchAll(/\bfrom\s*"\.\/(chunks\/[^"]+)"/g)].map(([, file = '']) => file);
    expect(imported).toEqual([expect.stringMatching(/^chunks\/start/)]);
    const table = readFileSync(join(dist, imported[0] ?? ''), 'utf8');
    expect(table).not.toMatch(/\bfrom\s*"/);
    for (const name of ['squeue', 'sinfo', 'sacct', 'scancel', 'gpus', 'limits', 'eta'])
      expect(new RegExp(`name:.${name}\\b.*?import\\(.\\./(\\w+?)_*-`).exec(table)?.[1], name).toMatch(
        /^(base|listing|commands)$/,
      );
    expect(table).toMatch(/name:.ssh sync\b.*?import\(.\.\/sync_*-/);
  });

  it('answers --version and --help', async () => {
    const { version } = readPackage(join(modules, 'srunx'));
    expect(await srunx(['--version'])).toBe(`srunx ${version}\n`);
    expect(await srunx(['--help'])).toContain('srunx flow run');
  });

  it('runs a workflow on this machine', async () => {
    writeFileSync(
      join(scratch, 'two.yaml'),
      'name: two\njobs:\n  - {name: a, command: echo one}\n  - {name: b, command: echo two, depends_on: [a]}\n',
    );
    const json = JSON.parse(await srunx(['flow', 'run', '--embedded', '--json', join(scratch, 'two.yaml')])) as {
      readonly status: string;
    };
    expect(json.status).toBe('completed');
  });

  it('is a library', async () => {
    const file = join(scratch, 'app', 'use.mjs');
    writeFileSync(
      file,
      `import { createSrunx } from 'srunx';
await using srunx = createSrunx({ target: 'embedded' });
const { jobId } = await srunx.submit({ script: '#!/bin/sh\\necho hello', name: 'greeting' });
for await (const change of srunx.watch([jobId])) console.log(change.name, change.to);
`,
    );
    const lines = (await run(process.execPath, [file])).trim().split('\n');
    expect(lines.at(-1)).toBe('greeting COMPLETED');
  });

  it('brings types that a strict program accepts', async () => {
    const dir = join(scratch, 'app');
    // As every program for Node has them.
    for (const name of ['@types/node', 'undici-types']) {
      cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true });
    }
    writeFileSync(
      join(dir, 'use.ts'),
      `import { createSrunx, type JobObservation, RsyncClient, type RsyncResult, SweepOrchestrator, type SweepRun } from 'srunx';
export async function names(): Promise<readonly string[]> {
  await using srunx = createSrunx({ target: 'embedded' });
  return (await srunx.queue()).map((job: JobObservation) => job.name);
}
export async function send(signal: AbortSignal): Promise<RsyncResult['stats']> {
  await using client = new RsyncClient({ hostname: 'dgx', excludePatterns: ['data/'] });
  const hash: string | null = await client.remoteSha256('~/x');
  return (await client.push('.', hash ?? undefined, { signal, onProgress: ({ percent }) => percent })).stats;
}
export async function sweep(signal: AbortSignal): Promise<SweepRun['status']> {
  const sweepSpec = { matrix: { lr: [0.1, 'x', true] }, maxParallel: 2 };
  await using one = new SweepOrchestrator({ target: 'embedded', workflowYamlPath: 'w.yaml', sweepSpec, signal });
  const live: SweepOrchestrator | undefined = SweepOrchestrator.getActiveOrchestrator(await one.materialize());
  await live?.requestCancel();
  return (await one.runMaterialized()).status;
}
`,
    );
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable'],
    };
    writeFileSync(
      join(dir, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, files: ['use.ts'] }),
    );
    await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', dir]);
  });
});

function srunx(args: readonly string[]): Promise<string> {
  return run(process.execPath, [join(modules, 'srunx', 'dist', 'srunx.js'), ...args]);
}

async function run(program: string, args: readonly string[]): Promise<string> {
  // Nothing of this checkout and of the user's home must help.
  const env = { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C.UTF-8', npm_config_cache: join(scratch, 'npm') };
  try {
    return (await promisify(execFile)(program, args, { cwd: scratch, env, maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed: ${stderr}${stdout}`, { cause: error });
  }
}

function readPackage(dir: string): PackageJson {
  return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as PackageJson;
}

function copyDependencies(dir: string): void {
  for (const name of Object.keys(readPackage(dir).dependencies ?? {})) {
    const source = join(root, 'node_modules', name);
    if (existsSync(join(modules, name))) continue;
    cpSync(source, join(modules, name), { recursive: true });
    copyDependencies(source);
  }
}
