import { expect, it } from 'vitest';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import { planFile, type StoredPlanRequest } from '../engine/stored-plan.ts';
import { readPlansOfSweep } from './plans-of-sweep.ts';

const planOf = (hash: string) => ({ hash, groups: [] }) as unknown as SweepPlan;

/** Has the plans of three hand-overs, but for some. */
function cluster(...missing: readonly string[]): StoredPlanRequest['cluster'] {
  const files = ['/r', '/r/parts/1', '/r/parts/2'].map((place) => planFile(planOf(place), place));
  const texts = new Map(files.map(({ path, content }) => [path, content]));
  return {
    target: 'local',
    readLog: async ({ path }) => {
      const bytes = new TextEncoder().encode(texts.get(path));
      const isGone = missing.some((place) => path === `${place}/plan.json`);
      return isGone ? undefined : { bytes, offset: 0, size: bytes.length, fileId: '1' };
    },
  };
}

const parts = [
  { number: 1, how: 'retry' },
  { number: 2, how: 'extend' },
] as const;

it('reads the plan of the sweep and those with new cells, and of cells that ran again none', async () => {
  const at = cluster('/r/parts/1');
  const plans = await readPlansOfSweep({ cluster: at, directory: '/r', parts });
  expect(plans.map(({ hash }) => hash)).toEqual(['/r', '/r/parts/2']);
  expect(await readPlansOfSweep({ cluster: at, directory: '/r', parts: undefined })).toHaveLength(1);
});

it('is an error where one of them is gone', async () => {
  const at = cluster('/r/parts/2');
  await expect(readPlansOfSweep({ cluster: at, directory: '/r', parts })).rejects.toMatchObject({
    code: 'plan.missing',
  });
});
