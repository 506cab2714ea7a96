import { createHash } from 'node:crypto';
import { fingerprintText } from '../core/sync/excludes.ts';

/** Two lists of patterns have the same one if they are the same, in the same order. */
export function fingerprintOf(excludes: readonly string[]): string {
  return createHash('sha256').update(fingerprintText(excludes)).digest('hex');
}
