import { expect, it } from 'vitest';
import type { Plan } from '../core/workflow/plan.ts';
import { hashOfPlan, planFile, readStoredPlan } from './stored-plan.ts';

const parts = { workflow: { name: 'w', source: 'w.yaml' }, jobs: [], skipped: [], satisfied: [], warnings: [] };
const written = { files: [{ source: 'w.yaml', text: 'name: w', hash: '' }], given: { lr: '1' }, args: { lr: '1' } };
const plan: Plan = { ...parts, configured: [], hash: hashOfPlan(parts), written };

/** A cluster that has one file. */
function holding(content: string | undefined): Parameters<typeof readStoredPlan>[0]['cluster'] {
  const bytes = new TextEncoder().encode(content);
  return {
    target: 'local',
    // Less than was asked for, as with a very large file.
    readLog: async ({ offset }) =>
      content === undefined
        ? undefined
        : { bytes: bytes.subarray(offset, offset + 10), offset, size: bytes.length, fileId: '1' },
  };
}

const read = (content: string | undefined) => readStoredPlan({ cluster: holding(content), directory: '/d' });

it('reads what was written, for its owner alone', async () => {
  const file = planFile(plan, '/d');
  expect(file).toMatchObject({ path: '/d/plan.json', mode: 0o600 });
  expect(JSON.parse(file.content)).toMatchObject({ version: 1, plan });
  expect(await read(file.content)).toEqual(plan);
});

it('takes no plan that somebody has changed, nor half of one', async () => {
  const { content } = planFile(plan, '/d');
  const changed = [content.replace('"w"', '"v"'), content.replace('"lr":"1"', '"lr":"2"'), content.slice(0, -5)];
  for (const damaged of [...changed, `${content} `, '', '[]', '{"version":2}']) {
    expect(damaged).not.toBe(content);
    await expect(read(damaged)).rejects.toThrow('is not what srunx wrote');
  }
});

it('says so where there is none', async () => {
  await expect(read(undefined)).rejects.toThrow('there is no /d/plan.json on local');
});
