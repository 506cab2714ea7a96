import {
  associationArgs,
  ownAssociationWords,
  parseAssociations,
  parseQosLimits,
  qosArgs,
} from '../../core/slurm/account-limits.ts';
import { parseControllerClock, parsePing } from '../../core/slurm/controller-state.ts';
import { endingArgs, parseEndings } from '../../core/slurm/job-endings.ts';
import { parsePartitionLimits, partitionLimitArgs } from '../../core/slurm/partition-limits.ts';
import { parseReservations, reservationArgs } from '../../core/slurm/reservations.ts';
import { parseSubmitLimits, submitLimitArgs } from '../../core/slurm/submit-limits.ts';
import type { ClusterUser, SlurmFacts } from '../slurm-facts.ts';
import type { ConfigQuestion } from './config-question.ts';
import { randomMark, type SlurmClient, slurmError } from './slurm-client.ts';

export function createSlurmFacts(client: SlurmClient, config: ConfigQuestion): SlurmFacts {
  return {
    config: async (signal) => (await config(signal)).values,
    reservations: async (signal) => parseReservations(await client.query(['scontrol', ...reservationArgs], signal)),
    partitionLimits: async (signal) =>
      parsePartitionLimits(await client.query(['scontrol', ...partitionLimitArgs], signal)),
    async accountLimits(who, signal) {
      const [associations, qos = ''] = await Promise.all([
        sacctmgr(client, associationWords(who), signal),
        sacctmgr(client, ['sacctmgr', ...qosArgs()], signal),
      ]);
      if (associations === undefined) return undefined;
      return { associations: parseAssociations(associations), qos: parseQosLimits(qos) };
    },
    async associations(who, signal) {
      const associations = await sacctmgr(client, associationWords(who), signal);
      return associations === undefined ? undefined : parseAssociations(associations);
    },
    submitLimits: async (user, signal) =>
      parseSubmitLimits(await client.query(['scontrol', ...submitLimitArgs(user)], signal)),
    async endings(since, signal) {
      const mark = randomMark();
      const argv = ['sacct', ...endingArgs({ since, mark })] as const;
      const reply = await client.ask([...argv], signal);
      if (reply.exitCode === 0) return parseEndings(reply.stdout, { mark });
      const error = slurmError({ argv: ['sacct'], reply, target: client.target });
      if (error.code === 'slurm.accounting_absent') return undefined;
      throw error;
    },
    async ping(signal) {
      const reply = await client.ask(['scontrol', 'ping'], signal);
      const controllers = parsePing(reply.stdout);
      // Its exit code says that none is up, which is an answer.
      if (controllers.length === 0) throw slurmError({ argv: ['scontrol'], reply, target: client.target });
      return controllers;
    },
    async clock(signal) {
      const reply = await client.ask(['sdiag'], signal);
      // Sites may keep it from users.
      return reply.exitCode === 0 ? parseControllerClock(reply.stdout) : undefined;
    },
  };
}

function associationWords(who: ClusterUser | 'asker'): [string, ...string[]] {
  return who === 'asker' ? ownAssociationWords() : ['sacctmgr', ...associationArgs(who)];
}

/** `undefined`: there is no accounting that could be asked. */
async function sacctmgr(
  client: SlurmClient,
  argv: [string, ...string[]],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const reply = await client.ask(argv, signal);
  if (reply.exitCode === 0) return reply.stdout;
  const error = slurmError({ argv: ['sacctmgr'], reply, target: client.target });
  if (error.code === 'slurm.accounting_absent') return undefined;
  throw error;
}
