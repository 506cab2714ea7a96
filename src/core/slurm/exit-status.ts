import type { ExitStatus } from './job-observation.ts';

/**
 * `code:signal`, or, without a colon, the raw wait status that squeue printed up to 22.05: 768 is exit code 3, 9 is signal 9.
 * `undefined` for everything else. Exit codes of 128 and more are right in squeue; sacct takes 128 off them up to 25.05.
 */
export function parseExitStatus(text: string): ExitStatus | undefined {
  const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  if (match === null) return undefined;
  const [, first, second] = match;
  if (second !== undefined) return { code: Number(first), signal: Number(second) };
  const status = Number(first);
  // The seven low bits are the signal, the eighth says "core dumped"; the code counts only where no signal does.
  const signal = status & 0x7f;
  return signal === 0 ? { code: (status >> 8) & 0xff, signal } : { code: 0, signal };
}
