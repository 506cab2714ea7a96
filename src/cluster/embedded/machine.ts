import { execFile } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { ConfigError } from '../../core/errors.ts';
import { parseMemoryInput } from '../../core/slurm/memory.ts';
import { query } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { bootId } from './processes.ts';
import type { Resources } from './queue.ts';
import { readMeta, writeMeta } from './rows.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface KnownMachine {
  readonly resources: Resources;
  /** How many GPUs were found, and in which boot of the machine; absent where nobody has looked. */
  readonly found?: { readonly gpus: number; readonly boot: string };
}

/**
 * What this machine has for jobs. `SRUNX_EMBEDDED_CPUS`, `SRUNX_EMBEDDED_MEMORY` and `SRUNX_EMBEDDED_GPUS` say otherwise.
 * Asking the GPU driver may take seconds, so its answer is kept until the machine is started again.
 */
export async function lookUpMachine(context: EmbeddedContext): Promise<KnownMachine> {
  const { env } = context;
  const queue = context.queueForReading();
  const known = await query(queue, () => storedMachine(queue.db));
  const amounts = {
    cpus: Math.max(1, wholeNumber(env, 'SRUNX_EMBEDDED_CPUS') ?? availableParallelism()),
    memoryMb: memoryMb(env),
  };
  const configured = wholeNumber(env, 'SRUNX_EMBEDDED_GPUS');
  if (configured !== undefined) return { ...known, resources: { ...amounts, gpus: configured } };
  const boot = bootId();
  const found = known?.found?.boot === boot ? known.found : { boot, gpus: await detectGpus(env) };
  return { found, resources: { ...amounts, gpus: found.gpus } };
}

/** Told to the runner, which plans with what the newest submission was promised. Runs inside the caller's transaction. */
export function rememberMachine(db: DatabaseSync, machine: KnownMachine): void {
  const text = JSON.stringify(machine);
  if (readMeta(db, 'machine') !== text) writeMeta(db, 'machine', text);
}

export function storedMachine(db: DatabaseSync): KnownMachine | undefined {
  const text = readMeta(db, 'machine');
  return text === undefined ? undefined : (JSON.parse(text) as KnownMachine);
}

function memoryMb(env: Environment): number {
  const text = env['SRUNX_EMBEDDED_MEMORY'];
  if (text !== undefined && text !== '') return parseMemoryInput(text);
  // Within the limit of a container, where there is one.
  const limit = process.constrainedMemory();
  return Math.floor((limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / 2 ** 20);
}

function wholeNumber(env: Environment, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  const facts = { code: 'config.embedded', hint: 'Set it to a whole number.' };
  throw new ConfigError(`\`${text}\` is no value for ${name}`, facts);
}

async function detectGpus(env: Environment): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['-L'], { env: { ...env }, timeout: 10_000 });
    return stdout.match(/^GPU \d+:/gm)?.length ?? 0;
  } catch {
    // No nvidia-smi, or one that finds no driver: both mean that there is nothing to give.
    return 0;
  }
}
