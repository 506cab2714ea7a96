import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One line of the report. */
export interface Measured {
  readonly what: string;
  /** What was seen, with its unit. */
  readonly value: string;
  /** What it was compared with in the same run. */
  readonly reference: string;
  readonly limit: string;
  readonly withinLimit: boolean;
}

export const program = join(import.meta.dirname, '..', 'dist', 'srunx.js');

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Wall-clock time of a whole process, in ms; its output is returned, a failure is an error. */
export async function timeCommand({
  argv,
  env,
  cwd,
}: Command): Promise<{ readonly ms: number; readonly stdout: string }> {
  const [file, ...args] = argv;
  const start = performance.now();
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`);
  return { ms: performance.now() - start, stdout };
}

/** The most memory that a Node program takes, the shared parts of Node included; with what it prints. */
export function peakMegabytes({ argv, env, cwd }: Command): { readonly megabytes: number; readonly stdout: string } {
  const dir = mkdtempSync(join(tmpdir(), 'srunx-bench-'));
  try {
    const peak = join(dir, 'peak');
    const hook = join(dir, 'peak.cjs');
    const note = `require('node:fs').writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS))`;
    writeFileSync(hook, `process.on('exit', () => ${note});`);
    const [node, ...args] = argv;
    const ran = spawnSync(node, ['--require', hook, ...args], { env, cwd, maxBuffer: 1e9, encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`${argv.join(' ')} ended with ${ran.status}: ${ran.stderr}`);
    return { megabytes: Number(readFileSync(peak, 'utf8')) / 1024, stdout: ran.stdout };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Times two commands in turn, so that a busy moment of the machine hits both; medians in ms. */
export async function compare(
  pair: { readonly ours: Command; readonly theirs: Command },
  rounds: number,
): Promise<{ readonly ours: number; readonly theirs: number }> {
  const ours: number[] = [];
  const theirs: number[] = [];
  // The first round only warms the caches.
  for (let round = 0; round <= rounds; round += 1) {
    const mine = (await timeCommand(pair.ours)).ms;
    const other = (await timeCommand(pair.theirs)).ms;
    if (round === 0) continue;
    ours.push(mine);
    theirs.push(other);
  }
  return { ours: median(ours), theirs: median(theirs) };
}

/** Median time of a function in this process, in ms, after `warmUp` calls that do not count. */
export function timeCalls(
  call: () => void,
  { warmUp, rounds }: { readonly warmUp: number; readonly rounds: number },
): number {
  const times: number[] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const start = performance.now();
    call();
    if (round >= warmUp) times.push(performance.now() - start);
  }
  return median(times);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function ms(value: number): string {
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}
