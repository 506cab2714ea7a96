import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { devClusterDir } from '../dev/cluster-directory.ts';
import { type DevCluster, startDevCluster } from '../dev/dev-cluster.ts';
import type { Measured } from './measure.ts';
import { measureCodeCopy } from './measurements/code-copy.ts';
import { measureEmbedded } from './measurements/embedded.ts';
import { measureFollowing } from './measurements/following.ts';
import { measureLargeListing } from './measurements/large-listing.ts';
import { measureListing } from './measurements/listing.ts';
import { measurePlan, measurePlanCommand } from './measurements/plan.ts';
import { measureSnapshot } from './measurements/snapshot.ts';
import { measureSsh } from './measurements/ssh.ts';
import { measureSshCommands } from './measurements/ssh-commands.ts';
import { measureStartUp } from './measurements/start-up.ts';
import { measureSubmission } from './measurements/submission.ts';
import { measureSweeps } from './measurements/sweeps.ts';
import { measureSync } from './measurements/sync.ts';
import { measureWrapper } from './measurements/wrapper.ts';

interface Surroundings {
  readonly cluster: DevCluster;
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** In this order; by name, so that one of them can be asked for. */
const measurements: Readonly<
  Record<string, (surroundings: Surroundings) => readonly Measured[] | Promise<Measured[]>>
> = {
  snapshot: measureSnapshot,
  plan: measurePlan,
  'start-up': measureStartUp,
  wrapper: ({ dir }) => measureWrapper(dir),
  'plan-command': ({ dir, env }) => measurePlanCommand(dir, env),
  listing: ({ cluster, env }) => measureListing(cluster, env),
  'large-listing': ({ dir, env }) => measureLargeListing(dir, env),
  submission: ({ dir, env }) => measureSubmission(dir, env),
  following: ({ dir, env }) => measureFollowing(dir, env),
  sweeps: ({ dir, env }) => measureSweeps(dir, env),
  ssh: ({ cluster, env }) => measureSsh(cluster, env),
  'ssh-commands': ({ cluster, env }) => measureSshCommands(cluster, env),
  sync: ({ cluster, env }) => measureSync(cluster, env),
  'code-copy': ({ cluster, env }) => measureCodeCopy(cluster, env),
  embedded: ({ dir, env }) => measureEmbedded(dir, env),
};

/**
 * `npm run bench [NAME ...]`: what srunx costs, each figure beside the native tool's in the same run. Machines are noisy: trust
 * ratios, and look at the load that there was before.
 */
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => measurements[name] === undefined);
if (unknown.length > 0)
  throw new Error(`no measurement ${unknown.join(', ')}: ${Object.keys(measurements).join(', ')}`);
const scratch = mkdtempSync(join(tmpdir(), 'srunx-bench-'));
const rows: (Measured & { readonly load: number })[] = [];
try {
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
  for (const [name, measure] of Object.entries(measurements)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.error(`bench: ${name} …`);
    const [load = 0] = loadavg();
    for (const row of await measure({ cluster, dir: scratch, env })) rows.push({ ...row, load });
  }
} finally {
  rmSync(scratch, { recursive: true });
}
for (const { what, value, reference, limit, withinLimit, load } of rows) {
  const verdict = withinLimit ? 'ok  ' : 'OVER';
  console.log(
    `${verdict}  ${what.padEnd(36)} ${value.padEnd(34)} ${reference}; limit ${limit}; load ${load.toFixed(1)}`,
  );
}
