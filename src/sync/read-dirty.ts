import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseStatus, type Worktree } from '../core/sync/worktree.ts';
import type { Shell, ShellResult } from '../shell/shell.ts';

export interface DirtyQuestion {
  /** Of this machine. */
  readonly shell: Pick<Shell, 'run'>;
  /** With all links resolved. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  /** Default 5,000 ms. */
  readonly timeoutMs?: number | undefined;
}

/**
 * What git says of a directory and all below it, which may be part of a larger repository. Where git is missing, slow or refuses,
 * that is what is said, never that it is clean.
 */
export async function readDirty(question: DirtyQuestion): Promise<Worktree> {
  if (!isInRepository(question.directory)) return { kind: 'none' };
  try {
    const status = await runGit(question, ['status', '--porcelain', '-z', '--untracked-files=normal', '--', '.']);
    if (status.truncated) return { kind: 'unknown', reason: 'git has said too much' };
    if (status.exitCode === 0) return parseStatus(new TextDecoder().decode(status.stdout));
    // In a repository, but not among its files: as in one that has none.
    const top = await runGit(question, ['rev-parse', '--is-inside-work-tree']);
    return top.exitCode === 0 && textOf(top.stdout) !== 'true' ? { kind: 'none' } : failed(status);
  } catch (error) {
    question.signal?.throwIfAborted();
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Without git, which may be missing. */
function isInRepository(directory: string): boolean {
  if (existsSync(join(directory, '.git'))) return true;
  const above = dirname(directory);
  return above !== directory && isInRepository(above);
}

function runGit(
  { shell, directory, signal, timeoutMs = 5_000 }: DirtyQuestion,
  words: readonly string[],
): Promise<ShellResult> {
  return shell.run({
    argv: ['git', '-C', directory, ...words],
    env: {
      LC_ALL: 'C',
      // Only to look: no lock of git's own, and of this directory, whatever the surroundings say.
      ...{ GIT_OPTIONAL_LOCKS: '0', GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined },
    },
    timeoutMs,
    signal,
  });
}

function failed({ exitCode, stderr }: ShellResult): Worktree {
  if (exitCode === 127) return { kind: 'unknown', reason: 'git is not installed' };
  const [line = ''] = textOf(stderr).split('\n');
  return { kind: 'unknown', reason: line === '' ? `git has failed (exit code ${exitCode})` : line };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}
