import { StorageError } from '../../core/errors.ts';
import { parseReceipt } from '../../core/job/wrapper.ts';
import type { Shell } from '../../shell/shell.ts';
import type { ExitReceipt } from '../cluster.ts';
import { chunksOf } from './chunks-of.ts';

const notReceipts = ['--exclude=*.metrics', '--exclude=*.exports', '--exclude=*.exports.new'] as const;

/**
 * The receipts of any number of plan directories: every line with the name of its file and a NUL before it. A directory
 * that does not exist has none; one that cannot be read is an error.
 */
export async function readReceipts(
  shell: Shell,
  directories: readonly string[],
  signal?: AbortSignal,
): Promise<readonly ExitReceipt[]> {
  const texts = new Map<string, string>();
  for (const chunk of chunksOf(directories)) {
    const folders = chunk.map((directory) => `${directory}/receipts`);
    // The latch beside each receipt is a dangling symbolic link; `-r` does not follow it. What payloads write there may be large.
    const result = await shell.run({
      argv: ['grep', '-rHZ', ...notReceipts, '', '--', ...folders],
      env: { LC_ALL: 'C' },
      maxBytes: 256 * 1024 * 1024,
      signal,
    });
    requireReadable(new TextDecoder().decode(result.stderr), shell.name);
    const lines = new TextDecoder().decode(result.stdout).matchAll(/([^\0]+)\0([^\n]*)\n/g);
    for (const [, path = '', line = ''] of lines) {
      const token = path.slice(path.lastIndexOf('/') + 1);
      texts.set(token, `${texts.get(token) ?? ''}${line}\n`);
    }
  }
  return [...texts].flatMap(([token, text]) => {
    const { jobId, ...facts } = parseReceipt(text);
    return jobId === undefined ? [] : [{ token, jobId, ...facts }];
  });
}

function requireReadable(stderr: string, target: string): void {
  const errors = stderr.split('\n').filter((line) => line !== '' && !line.endsWith('No such file or directory'));
  if (errors.length === 0) return;
  throw new StorageError(`the receipts of jobs on ${target} cannot be read`, {
    code: 'receipts.unreadable',
    detail: errors.join('\n'),
    hint: 'Check the permissions of the directories named above.',
  });
}
