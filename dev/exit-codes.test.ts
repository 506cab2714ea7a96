import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as errors from '../src/core/errors.ts';

/** What the guide's table says of each code. */
function documented(): ReadonlyMap<number, string> {
  const guide = readFileSync(new URL('../docs/guide/errors.md', import.meta.url), 'utf8');
  const rows = [...guide.matchAll(/^\| (\d+(?:, \d+)*) \| (.+) \|$/gm)];
  return new Map(rows.flatMap(([, codes = '', words = '']) => codes.split(', ').map((code) => [Number(code), words])));
}

const facts = { code: 'test.code' };
const byClass: readonly (readonly [errors.SrunxError, RegExp])[] = [
  [new errors.UsageError('', facts), /the command line, .* is wrong/],
  [new errors.ConfigError('', facts), /the workflow file or the script is wrong/],
  [new errors.SubmissionError('', facts), /refused the submission/],
  [new errors.ConnectionError('', facts), /does not answer/],
  [new errors.NotFoundError('', facts), /there is no such/],
  [new errors.RefusedError('', facts), /must not, or was not confirmed/],
  [new errors.TimeoutError('', facts), /time .* is over/],
  [new errors.StorageError('', facts), /this machine's disk, database or permissions failed/],
  [new errors.BugError('', facts), /defect/],
];

it('knows every class of errors', () => {
  const classes = Object.values(errors).filter(
    (value) => typeof value === 'function' && value.prototype instanceof errors.SrunxError,
  );
  expect(byClass.map(([error]) => error.constructor)).toEqual(expect.arrayContaining(classes));
});

it.each(byClass)('the guide says what the exit code of %s means', ({ exitCode }, words) => {
  expect(documented().get(exitCode)).toMatch(words);
});

it('the guide names no other codes, and leaves none out', () => {
  const used = [...Object.values(errors.exitCodes), ...byClass.map(([{ exitCode }]) => exitCode)];
  expect([...documented().keys()].toSorted((a, b) => a - b)).toEqual([...new Set(used)].toSorted((a, b) => a - b));
});
