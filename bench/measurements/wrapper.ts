import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderWrapper } from '../../src/core/job/wrapper.ts';
import { compare, type Measured, ms } from '../measure.ts';

const rounds = 21;

/**
 * What the wrapper of a job costs it, from its first line to its last: without anything to do, and with retries and values; and the
 * files that it leaves.
 */
export async function measureWrapper(dir: string): Promise<Measured[]> {
  const directory = join(dir, 'wrapper');
  mkdirSync(join(directory, 'receipts'), { recursive: true });
  const payload = join(directory, 'payload');
  writeFileSync(payload, '#!/bin/sh\ntrue\n', { mode: 0o700 });
  const shared = { directory, payload, directives: [], env: { SRUNX_RUN: 'r', SRUNX_JOB: 'a' } };
  const retry = { max: 3, on: ['failed'], delays: [60], jitterPercent: 0, memory: [], time: [] } as const;
  const exports = { directory, parents: [], reads: [] };
  const kinds = [
    { what: 'wrapper of a job', text: renderWrapper({ ...shared, token: 'r-0' }) },
    { what: 'wrapper with retries and values', text: renderWrapper({ ...shared, token: 'r-1', retry, exports }) },
  ];
  const measured: Measured[] = [];
  for (const [index, { what, text }] of kinds.entries()) {
    const script = join(directory, `wrapper-${index}.sh`);
    writeFileSync(script, text, { mode: 0o700 });
    const env = { ...process.env, SLURM_JOB_ID: `${index + 1}` };
    const times = await compare({ ours: { argv: [script], env }, theirs: { argv: [payload], env } }, rounds);
    const cost = times.ours - times.theirs;
    const files = readdirSync(join(directory, 'receipts')).filter((name) => name.startsWith(`r-${index}`)).length;
    measured.push({
      what,
      value: `${ms(cost)} more, ${files} files`,
      reference: `the script alone ${ms(times.theirs)}`,
      limit: '30 ms, 2 files',
      withinLimit: cost <= 30 && files <= 2,
    });
  }
  return measured;
}
