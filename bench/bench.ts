import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devClusterDir } from '../dev/cluster-directory.ts';
import { startDevCluster } from '../dev/dev-cluster.ts';
import type { Measured } from './measure.ts';
import { measureFollowing } from './measurements/following.ts';
import { measureLargeListing } from './measurements/large-listing.ts';
import { measureListing } from './measurements/listing.ts';
import { measurePlan, measurePlanCommand } from './measurements/plan.ts';
import { measureSnapshot } from './measurements/snapshot.ts';
import { measureStartUp } from './measurements/start-up.ts';
import { measureSubmission } from './measurements/submission.ts';
import { measureWrapper } from './measurements/wrapper.ts';

/** `npm run bench`: what srunx costs, each figure beside the native tool's in the same run. Machines are noisy: trust ratios. */
const rows: Measured[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'srunx-bench-'));
try {
  rows.push(...measureSnapshot(), ...measurePlan(), ...(await measureStartUp()), ...(await measureWrapper(scratch)));
  await using cluster = await startDevCluster({
    dir: devClusterDir(`bench-${process.pid}`),
    onProgress: (text) => console.error(`bench: ${text} …`),
  });
  const env = {
    ...process.env,
    ...cluster.env,
    XDG_STATE_HOME: join(scratch, 'state'),
    XDG_CACHE_HOME: join(scratch, 'cache'),
    SRUNX_RUN_DIR: join(scratch, 'runs'),
  };
  rows.push(...(await measurePlanCommand(scratch, env)));
  rows.push(...(await measureListing(cluster, env)));
  rows.push(...(await measureLargeListing(scratch, env)));
  rows.push(...(await measureSubmission(scratch, env)));
  rows.push(...(await measureFollowing(scratch, env)));
} finally {
  rmSync(scratch, { recursive: true });
}
for (const { what, value, reference, limit, withinLimit } of rows) {
  console.log(`${withinLimit ? 'ok  ' : 'OVER'}  ${what.padEnd(34)} ${value.padEnd(34)} ${reference}; limit ${limit}`);
}
