import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import type { AppContext, TargetName } from './app-context.ts';

export interface PipeRequest {
  readonly file: string;
  readonly target: TargetName;
  /** For messages: `the script`. */
  readonly what: 'the script' | 'the workflow file' | 'the file of values';
}

/** What reads a pipe: where the current directory is, and how a process is started and ended. */
export type PipeReader = Pick<AppContext, 'cwd' | 'shell' | 'signal'>;

/**
 * What a pipe yields, or `undefined` where the file is none. It is read by a process of its own: nobody may ever write to it,
 * and an interrupt must end the wait. Standard input is another one's in such a process, so whoever can read it does.
 */
export async function readPipe(
  context: PipeReader,
  { file, target, what }: PipeRequest,
): Promise<Uint8Array | undefined> {
  const path = resolve(context.cwd, file);
  if (isStandardInput(path) || statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return undefined;
  const timeoutMs = 24 * 3_600_000;
  const { signal } = context;
  const { exitCode, stdout, stderr } = await context
    .shell(target)
    .run({ argv: ['cat', '--', path], timeoutMs, signal });
  if (exitCode === 0) return stdout;
  throw new ConfigError(`${what} ${file} cannot be read`, {
    code: what === 'the script' ? 'script.unreadable' : 'workflow.unreadable',
    detail: new TextDecoder().decode(stderr).trim(),
    hint: 'It must be a file that you may read.',
  });
}

/** Of this process; whoever else opens it gets another. */
export function isStandardInput(path: string): boolean {
  return /^\/(?:dev\/stdin|dev\/fd\/0|proc\/self\/fd\/0)$/.test(path);
}
