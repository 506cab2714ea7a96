import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { devClusterDir, workerDir } from './cluster-directory.ts';
import { stopDevCluster } from './dev-cluster.ts';
import { describeMissing, ensurePackages, missingPrerequisites } from './packages.ts';

/**
 * `npm test`: every suite, with the time of each. Those that drive real servers and processes, and mostly wait for them, run side by
 * side; their times are those of their files, one after another. Installs what the real servers need where that disturbs
 * nobody; elsewhere the suites that need them are skipped by name, or fail where SRUNX_TEST_REQUIRE asks for them.
 * Words of the command line choose suites: `npm test -- unit slurm`.
 */

interface SuiteResult {
  readonly name: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** Name and message of each failed test: repeated at the end, where the eye and a cut-off log find them. */
  readonly failures: readonly string[];
}

const root = join(import.meta.dirname, '..');
const servers = ['slurm', 'ssh'];
const required = (process.env['SRUNX_TEST_REQUIRE'] ?? '').split(',').filter((kind) => kind !== '');
const scratch = mkdtempSync(join(tmpdir(), 'srunx-test-'));
/** So many files of these suites run at once, each beside a cluster of its own. They wait for most of their time. */
const workers = Number(process.env['SRUNX_TEST_WORKERS'] ?? Math.min(Math.max(availableParallelism(), 2) + 1, 6));
// A cluster for all files of a worker: each would start its own otherwise.
const clusterDir = devClusterDir(`test-${process.pid}`);

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUp().then(() => process.exit(1)));
  try {
    const chosen = chooseSuites(words);
    if (chosen.some(needsServers) && !(await prepareServers())) return 1;
    const results: SuiteResult[] = [];
    if (chosen.includes('check')) results.push(await runCheck());
    if (chosen.includes('unit')) results.push(...(await runSuites(['unit'])));
    const others = chosen.filter(needsServers);
    if (others.length > 0) results.push(...(await runSuites(others)));
    return summarize(results);
  } finally {
    await cleanUp();
  }
}

function chooseSuites(words: readonly string[]): readonly string[] {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['fixtures', 'golden', 'support'].includes(entry.name))
    .map(({ name }) => name);
  const all = ['check', 'unit', ...folders.sort()];
  const unknown = words.find((word) => !all.includes(word));
  if (unknown !== undefined) throw new Error(`there is no suite ${unknown}; there are: ${all.join(', ')}`);
  return words.length > 0 ? words : all;
}

function needsServers(suite: string): boolean {
  return suite !== 'check' && suite !== 'unit';
}

/** False: something is required, and neither here nor to be had. */
async function prepareServers(): Promise<boolean> {
  try {
    await ensurePackages({ onProgress: (text) => console.log(`srunx: ${text} …`) });
    return true;
  } catch (error) {
    const missing = missingPrerequisites();
    console.log(`srunx: ${missing.length > 0 ? describeMissing(missing) : String(error)}`);
    if (required.some((kind) => servers.includes(kind))) {
      console.log(`srunx: SRUNX_TEST_REQUIRE=${required.join(',')} demands it`);
      return false;
    }
    console.log('srunx: the tests that need it are skipped, each by its name');
    return true;
  }
}

/** The static checks count as one test: they fail the run like any other. */
async function runCheck(): Promise<SuiteResult> {
  announce(['check']);
  const start = performance.now();
  const code = await run('npm', ['run', '-s', 'check:static']);
  return {
    name: 'check',
    seconds: seconds(start),
    passed: code === 0 ? 1 : 0,
    failed: code === 0 ? 0 : 1,
    skipped: [],
    failures: code === 0 ? [] : ['npm run check:static'],
  };
}

async function runSuites(names: readonly string[]): Promise<readonly SuiteResult[]> {
  announce(names);
  const start = performance.now();
  const report = join(scratch, `${names.join('-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const projects = names.flatMap((name) => ['--project', name]);
  const code = await run(process.execPath, [vitest, 'run', ...projects, ...reporters]);
  const files = readReport(report);
  const results = names.map((name) => {
    const own =
      names.length === 1 ? files : files.filter((file) => relative(root, file.name).startsWith(`test/${name}/`));
    const result = { name, seconds: names.length === 1 ? seconds(start) : timeOf(own), ...countTests(own) };
    return own.length > 0 ? result : withFailure(result, 'no report was written');
  });
  // A suite that could not even be collected, or a leak that vitest complains of, has no failed test to show.
  const [first] = results;
  if (code === 0 || first === undefined || results.some(({ failed }) => failed > 0)) return results;
  return [withFailure(first, `vitest ended with ${code}, and no test failed`), ...results.slice(1)];
}

function announce(names: readonly string[]): void {
  const beside = names.length > 1 ? `, ${workers} files at a time` : '';
  console.log(`\nsrunx: ${names.length > 1 ? 'suites' : 'suite'} ${names.join(', ')}${beside} …`);
}

function withFailure(result: SuiteResult, message: string): SuiteResult {
  return { ...result, failed: result.failed + 1, failures: [...result.failures, message] };
}

interface VitestFile {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  /** Why it failed as a whole. */
  readonly message?: string;
  /** Epoch ms. */
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly VitestTest[];
}

interface VitestTest {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[];
}

function readReport(path: string): readonly VitestFile[] {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { readonly testResults: readonly VitestFile[] }).testResults;
  } catch {
    return [];
  }
}

function timeOf(files: readonly VitestFile[]): number {
  return files.reduce((sum, { startTime, endTime }) => sum + (endTime - startTime) / 1000, 0);
}

function countTests(files: readonly VitestFile[]): Omit<SuiteResult, 'name' | 'seconds'> {
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const named = (status: string) =>
    tests.filter((test) => test.status === status).map(({ fullName }) => fullName.trim());
  // What fails before its tests begin leaves them skipped.
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: named('passed').length,
    failed: named('failed').length + broken.length,
    skipped: [...named('skipped'), ...named('pending')],
    failures: [
      ...tests.filter(({ status }) => status === 'failed').map(describeFailure),
      ...broken.map(({ name, message = '' }) =>
        describeFailure({ status: 'failed', fullName: relative(root, name), failureMessages: [message] }),
      ),
    ],
  };
}

function describeFailure({ fullName, failureMessages = [] }: VitestTest): string {
  const message = failureMessages.flatMap((text) => text.split('\n').slice(0, 12)).slice(0, 30);
  return [fullName.trim(), ...message].join('\n    ');
}

function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const env = { ...process.env, SRUNX_TEST_CLUSTER_DIR: clusterDir, SRUNX_TEST_WORKERS: `${workers}` };
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function summarize(results: readonly SuiteResult[]): number {
  const total = (pick: (result: SuiteResult) => number) => results.reduce((sum, result) => sum + pick(result), 0);
  console.log('\nsuite          seconds  passed  failed  skipped');
  for (const { name, seconds: time, passed, failed, skipped } of results) {
    const cells = [
      time.toFixed(1).padStart(8),
      ...[passed, failed, skipped.length].map((count) => `${count}`.padStart(7)),
    ];
    console.log(`${name.padEnd(14)}${cells.join(' ')}`);
  }
  for (const { name, skipped } of results) for (const test of skipped) console.log(`skipped: ${name}: ${test}`);
  for (const { name, failures } of results) for (const failure of failures) console.log(`failed: ${name}: ${failure}`);
  const skipped = total((result) => result.skipped.length);
  const failed = total((result) => result.failed);
  console.log(
    `\n${total((result) => result.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  return failed > 0 ? 1 : 0;
}

async function cleanUp(): Promise<void> {
  rmSync(scratch, { recursive: true, force: true });
  const dirs =
    workers === 1 ? [clusterDir] : Array.from({ length: workers }, (_, index) => workerDir(clusterDir, index + 1));
  await Promise.all(dirs.map((dir) => stopDevCluster(dir)));
}

function seconds(start: number): number {
  return (performance.now() - start) / 1000;
}
