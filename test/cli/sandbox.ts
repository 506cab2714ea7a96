import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { waitUntil } from '../../dev/processes.ts';

const root = join(import.meta.dirname, '..', '..');
/** What is tested: the built program, or, where the variable names one, another copy of it. */
const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(root, 'dist', 'srunx.js');

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface Ran {
  /** As a shell has it: 128+n for signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

export interface Started {
  /** What has been written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly write: (text: string) => void;
  /** As `| head` does when it has seen enough. */
  readonly closeStdout: () => void;
  /** Sends the signal and says how long the program took to end. */
  readonly interrupt: (signal?: NodeJS.Signals) => Promise<Ran & { readonly ms: number }>;
  /** The moment of the first words on standard output, or of its end. */
  readonly said: Promise<void>;
  readonly ended: Promise<Ran>;
}

export interface ScriptOptions {
  readonly args: readonly string[];
  readonly size: { readonly columns: number; readonly rows: number };
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

/** A home, a working directory and a state of its own for the program; all of its processes are gone at the end. */
export interface Sandbox {
  readonly dir: string;
  /** The working directory: its name is as unfriendly as names get. */
  readonly work: string;
  readonly srunx: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** Runs the program and returns its JSON; fails the test where its exit code is not the expected one. */
  readonly json: <T>(args: readonly string[], options?: RunOptions & { readonly code?: number }) => Promise<T>;
  readonly start: (args: readonly string[], options?: RunOptions) => Started;
  /** Runs an ES module that uses the library; its last word is where it finds that. */
  readonly runModule: (name: string, content: string, words?: readonly string[]) => Started;
  /** At a terminal of this size. */
  readonly startAtTerminal: (
    args: readonly string[],
    size: { readonly columns: number; readonly rows: number },
    variables?: Readonly<Record<string, string>>,
  ) => Started;
  /** A shell script at a terminal; it gets the words of the program as a shell takes them. */
  readonly startScript: (script: (words: string) => string, options: ScriptOptions) => Started;
  /** Command lines of what runs in the sandbox. */
  readonly processes: () => readonly string[];
  readonly write: (name: string, content: string | Uint8Array) => string;
  readonly read: (name: string) => string;
  /** Submits and returns the id. */
  readonly submit: (args: readonly string[], options?: RunOptions) => Promise<string>;
}

/**
 * A sandbox for the suite in which this is called. `env` is asked for before each run, because a cluster is not there while
 * tests are collected.
 */
export function useSandbox(env: () => Readonly<Record<string, string | undefined>> = () => ({})): Sandbox {
  const dir = mkdtempSync(join(tmpdir(), 'srunx-cli-'));
  const work = join(dir, "wo'rk $(x) 日本語");
  mkdirSync(work);
  mkdirSync(join(dir, 'home'));
  beforeAll(buildProgram, 120_000);
  afterAll(async () => {
    for (const pid of processesOf(dir)) kill(pid);
    if (!(await waitUntil(() => processesOf(dir).length === 0, 30_000))) throw new Error('processes are left');
    rmSync(dir, { recursive: true, force: true });
  });
  const begun = endPrograms();
  const start = (argv: readonly string[], options: RunOptions = {}) => {
    const started = startProcess(argv, { cwd: work, ...options, env: { ...baseEnv(dir), ...env(), ...options.env } });
    begun.add(started);
    return started;
  };
  const startProgram: Sandbox['start'] = (args, options) => start([process.execPath, program, ...args], options);
  const startScript: Sandbox['startScript'] = (script, { args, size: { columns, rows }, variables = {} }) => {
    const words = [process.execPath, program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const command = `stty cols ${columns} rows ${rows}; ${script(words)}`;
    return start(['script', '-qefc', command, '/dev/null'], {
      env: { SHELL: '/bin/sh', TERM: 'xterm', ...variables },
    });
  };
  const srunx: Sandbox['srunx'] = (args, options) => startProgram(args, { stdin: '', ...options }).ended;
  return {
    dir,
    work,
    srunx,
    start: startProgram,
    async json<T>(args: readonly string[], { code = 0, ...options }: RunOptions & { readonly code?: number } = {}) {
      // Behind the command, because what stands behind a script is the script's.
      const ran = await srunx(args.toSpliced(wordsOfCommand(args), 0, '--json'), options);
      expect(ran.code, ran.stderr).toBe(code);
      return JSON.parse(ran.stdout) as T;
    },
    runModule(name, content, words = []) {
      writeFileSync(join(work, name), content);
      return start([process.execPath, name, ...words, join(root, 'dist', 'index.js')], { stdin: '' });
    },
    startAtTerminal: (args, size, variables) => startScript((words) => `exec ${words}`, { args, size, variables }),
    startScript,
    processes: () => processesOf(dir).map(commandOf),
    write(name, content) {
      const path = join(work, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    read: (name) => readFileSync(join(work, name), 'utf8'),
    async submit(args, options) {
      const ran = await srunx(['sbatch', '--parsable', ...args], options);
      expect(ran.code, ran.stderr).toBe(0);
      return ran.stdout.trim();
    },
  };
}

/**
 * What a test has begun is added to this: it ends with its test, also where that came to no end, so that the next one is alone. Of tests
 * that run side by side, with the last of them.
 */
function endPrograms(): Pick<Set<Started>, 'add'> {
  const begun = new Set<Started>();
  let running = 0;
  beforeEach(() => {
    // What was begun for all tests ends with the last of them.
    if (running === 0) begun.clear();
    running += 1;
  });
  afterEach(async () => {
    running -= 1;
    if (running > 0) return;
    const programs = [...begun];
    begun.clear();
    await Promise.all(programs.map((started) => started.interrupt('SIGKILL')));
  });
  return begun;
}

const groups: ReadonlySet<string | undefined> = new Set(['config', 'flow', 'ssh', 'sweep', 'template', 'watch']);

function wordsOfCommand([first, second]: readonly string[]): number {
  if (first === 'ssh' && second === 'mount') return 3;
  return groups.has(first) ? 2 : 1;
}

let built: Promise<void> | undefined;

/** Once per test process; at once where the build is up to date. */
function buildProgram(): Promise<void> {
  built ??= (async () => {
    if (process.env['SRUNX_TEST_PROGRAM'] !== undefined) return;
    const result = spawnSync(process.execPath, [join(root, 'dev', 'bootstrap.mjs'), 'build'], { encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`the build failed:\n${result.stderr}`);
  })();
  return built;
}

/** Nothing of the user's, and nothing that the test runner itself sets. */
function baseEnv(dir: string): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:SRUNX|VITEST|SLURM|SBATCH|NODE|NO_COLOR|FORCE_COLOR|XDG)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: join(dir, 'home'),
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_DATA_HOME: join(dir, 'data'),
    XDG_CACHE_HOME: join(dir, 'cache'),
    SRUNX_EMBEDDED_CPUS: '4',
    LC_ALL: 'C.UTF-8',
  };
}

function startProcess(
  [command = '', ...args]: readonly string[],
  { stdin, env, cwd }: RunOptions & { readonly env: Record<string, string | undefined> },
): Started {
  const child = spawn(command, args, { cwd, env });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input is no fault of the test.
  child.stdin.on('error', () => undefined);
  if (stdin !== undefined) child.stdin.end(stdin);
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const bytes = Buffer.concat(stdout);
      resolve({
        code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'],
        bytes,
        stdout: text(stdout),
        stderr: text(stderr),
      });
    });
  });
  return {
    stdout: () => text(stdout),
    stderr: () => text(stderr),
    said: new Promise((resolve) => child.stdout.once('data', () => resolve()).once('close', () => resolve())),
    write: (words) => void child.stdin.write(words),
    closeStdout: () => void child.stdout.destroy(),
    async interrupt(signal = 'SIGINT') {
      const at = performance.now();
      child.kill(signal);
      const ran = await ended;
      return { ...ran, ms: performance.now() - at };
    },
    ended,
  };
}

/** The runner and the jobs have the directory in their command line or among their open places. */
function processesOf(dir: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const isZombie = stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
      return !isZombie && commandOf(Number(name)).includes(dir) ? [Number(name)] : [];
    } catch {
      // Ended meanwhile.
      return [];
    }
  });
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const slurmCommands = new Set('sbatch squeue scancel sacct scontrol sinfo srun salloc sprio sstat'.split(' '));

/** A `PATH` on which everything is but Slurm. */
export function pathWithoutSlurm(dir: string): string {
  const bin = join(dir, 'bin without slurm');
  mkdirSync(bin);
  for (const place of ['/usr/bin', '/bin']) {
    for (const name of readdirSync(place)) {
      if (!slurmCommands.has(name) && !existsSync(join(bin, name))) symlinkSync(join(place, name), join(bin, name));
    }
  }
  return bin;
}
