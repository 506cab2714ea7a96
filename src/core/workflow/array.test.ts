import { describe, expect, it } from 'vitest';
import { planFailure, planText } from '../../../test/support/plan-text.ts';

const only = (lines: string, script?: string) =>
  planText(`jobs: [{name: a, ${lines}}]`, { readScript: () => script }).jobs[0];

describe('an array', () => {
  it.each([
    ['0-9%2', '0-9%2'],
    ['5', '5'],
    ['"1,3,5-7,10-20:5"', '1,3,5-7,10-20:5'],
    ['"0-{{ 3 * 3 }}"', '0-9'],
  ])('array: %s', (written, array) => {
    expect(only(`command: x, array: ${written}`)).toMatchObject({
      array,
      options: ['--job-name=a', `--array=${array}`, '--output=logs/%x_%A_%a.log', '--error=logs/%x_%A_%a.log'],
    });
  });

  it('may be one of the script itself', () => {
    const script = '#!/bin/sh\n#SBATCH --array=0-4\ntrue\n';
    expect(only('path: x.sh', script)).toMatchObject({ array: '0-4', script });
    expect(only('path: x.sh, array: 0-7', script)).toMatchObject({ array: '0-7' });
    expect(only('command: "#SBATCH --array=0-4"')).not.toHaveProperty('array');
  });

  it.each(['x', '3-1', '"-1"', '"0-9%"', '1.5', '""', '[1]', '"1 2"'])('array: %s is an error', (written) => {
    const error = planFailure(`jobs: [{name: a, command: x, array: ${written}}]`);
    expect(error.message).toMatch(/^flow\.yaml:1:37: job `a`: `array`: /);
    expect(error.hint).toContain('0-99');
  });

  it('cannot be hidden among other options', () => {
    const error = planFailure('jobs: [{name: a, command: x, sbatch_args: [--array=0-3]}]');
    expect([error.message, error.hint].join(' ')).toContain('--array cannot stand here');
  });
});
