import { afterAll, beforeAll, describe } from 'vitest';
import { Bench, type ClusterUnderTest } from './cluster/bench.ts';
import { describeControl } from './cluster/control.ts';
import { describeDependencies } from './cluster/dependencies.ts';
import { describeFacts } from './cluster/facts.ts';
import { describeJobs, describeTimeLimit } from './cluster/jobs.ts';
import { describeSubmission } from './cluster/submission.ts';

/**
 * What every cluster must do, whatever is behind it. Scripts are POSIX sh, and nothing needs more than two jobs to run at
 * the same time; what a cluster need not have is skipped by its capabilities.
 */
export function describeCluster(name: string, cluster: ClusterUnderTest): void {
  describe(`the cluster ${name}`, () => {
    let bench: Bench | undefined;
    let slow = '';
    const current = (): Bench => {
      if (bench === undefined) throw new Error('the cluster is there in tests and hooks only');
      return bench;
    };
    beforeAll(async () => {
      bench = await Bench.create(cluster);
      slow = await bench.submitOne({ name: 'slow', script: 'sleep 600', options: ['--time=1'] });
    });
    afterAll(async () => {
      await bench?.close();
    });
    describeSubmission(current, cluster);
    describeDependencies(current);
    describeControl(current, cluster);
    describeFacts(current, cluster);
    describeJobs(current, cluster);
    describeTimeLimit(current, () => slow);
  });
}
