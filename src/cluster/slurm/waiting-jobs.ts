import { groupEdges } from '../../core/slurm/group-edges.ts';
import type { WaitingJobs } from '../cluster.ts';
import { sendControl } from './send-control.ts';
import type { SlurmClient } from './slurm-client.ts';

export function createWaitingJobs(client: SlurmClient): WaitingJobs {
  return {
    async redirect(jobs, signal) {
      for (const { jobId, dependencies } of jobs) {
        const edges = groupEdges(dependencies.map((edge) => ({ type: edge.type, id: edge.jobId })));
        const words = (list: string) => ['update', `JobId=${list}`, `Dependency=${edges}`];
        await sendControl(client, { jobIds: [jobId], words, signal });
      }
    },
    async release(jobIds, signal) {
      await sendControl(client, { jobIds, words: (list) => ['release', list], signal });
    },
  };
}
