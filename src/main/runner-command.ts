import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Starts the embedded cluster's runner, the program's second entry: beside the first one, while this code may be part of
 * a chunk one directory deeper; or, not built at all, the source file.
 */
export function runnerCommand(): readonly [string, ...string[]] {
  const places = ['embedded-runner.js', '../embedded-runner.js', 'embedded-runner.ts'];
  const paths = places.map((place) => join(import.meta.dirname, place));
  return [process.execPath, paths.find((path) => existsSync(path)) ?? join(import.meta.dirname, 'embedded-runner.js')];
}
