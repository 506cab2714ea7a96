import { clusterFacts } from '../../core/slurm/scontrol-config.ts';
import { parseSinfo, sinfoArgs } from '../../core/slurm/sinfo.ts';
import type { Shell } from '../../shell/shell.ts';
import type { Cluster, ClusterCapabilities, ClusterIdentity } from '../cluster.ts';
import { requireJobIds } from '../require-job-ids.ts';
import { cancelJobs } from './cancel-jobs.ts';
import { chunksOf } from './chunks-of.ts';
import { type ConfigQuestion, createConfigQuestion } from './config-question.ts';
import { decideClaim } from './decide-claim.ts';
import { inspectSubmission } from './inspect-submission.ts';
import { observeJobs, queryAccounting } from './observe-jobs.ts';
import { createSlurmFacts } from './query-facts.ts';
import { readReceipts } from './read-receipts.ts';
import { createSlurmClient, randomMark } from './slurm-client.ts';
import { resumeBatch, submitBatch } from './submit-batch.ts';
import { createWaitingJobs } from './waiting-jobs.ts';
import { withdrawBatch } from './withdraw-batch.ts';

/** A real Slurm, spoken to by its command line through whatever shell reaches it. Owns the shell. */
export function createSlurmCluster(shell: Shell): Cluster {
  const client = createSlurmClient(shell);
  const config = createConfigQuestion(client);
  let probed: Promise<Probe> | undefined;
  const probe = (signal?: AbortSignal): Promise<Probe> => {
    probed ??= probeCluster(config, signal).catch((error: unknown) => {
      probed = undefined;
      throw error;
    });
    return probed;
  };
  const control = async (verb: string, jobIds: readonly string[], signal?: AbortSignal): Promise<void> => {
    requireJobIds(jobIds);
    for (const chunk of chunksOf([...new Set(jobIds)])) {
      await client.query(['scontrol', verb, chunk.join(',')], signal);
    }
  };
  return {
    kind: 'slurm',
    target: shell.name,
    slurm: createSlurmFacts(client, config),
    identity: async (signal) => (await probe(signal)).identity,
    capabilities: async (signal) => (await probe(signal)).capabilities,
    submit: (batch, options) => submitBatch(client, batch, options),
    inspectSubmission: (batch, signal) => inspectSubmission(client, batch, signal),
    resumeSubmission: (batch, options) => resumeBatch(client, batch, options),
    withdraw: (batch, options) => withdrawBatch(client, batch, options),
    decide: (batch, decision, signal) => decideClaim(client, { ...batch, ...decision }, signal),
    observe: (query) => observeJobs(client, query),
    accounting: (query) => queryAccounting(client, query),
    receipts: (directories, signal) => readReceipts(shell, directories, signal),
    cancel: (request) => cancelJobs(client, request),
    requeue: (jobIds, signal) => control('requeue', jobIds, signal),
    hold: (jobIds, signal) => control('hold', jobIds, signal),
    release: (jobIds, signal) => control('release', jobIds, signal),
    waiting: createWaitingJobs(client),
    async inventory({ words = [], signal } = {}) {
      const marks = { field: randomMark(), record: randomMark() };
      return parseSinfo(await client.query(['sinfo', ...sinfoArgs(marks), ...words], signal), { marks });
    },
    readLog: ({ path, offset, maxBytes, signal }) => shell.readFile({ path, offset, maxBytes, signal }),
    [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
  };
}

interface Probe {
  readonly identity: ClusterIdentity;
  readonly capabilities: ClusterCapabilities;
}

async function probeCluster(config: ConfigQuestion, signal?: AbortSignal): Promise<Probe> {
  const { user, values } = await config(signal);
  const facts = clusterFacts(values);
  return {
    identity: {
      key: `slurm:${facts.clusterName}@${facts.controller}`,
      name: facts.clusterName,
      user,
    },
    capabilities: {
      version: facts.version,
      accounting: facts.accounting,
      minJobAgeSeconds: facts.minJobAgeSeconds,
      maxArraySize: facts.maxArraySize,
    },
  };
}
