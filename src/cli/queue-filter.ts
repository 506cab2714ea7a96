import type { Command } from 'commander';
import { parseStates, type QueueFilter } from '../app/list-queue.ts';
import { parseJobIdList } from '../core/slurm/job-id.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import { collect, listOf } from './common-options.ts';
import type { ParsedInput } from './define-command.ts';

/** Which jobs: the options of squeue, under Slurm's names and letters. */
export function addQueueFilters(command: Command): Command {
  return command
    .option('--me', 'only my jobs')
    .option('-u, --user <names>', 'only jobs of these users', collect)
    .option('-A, --account <names>', 'only jobs of these accounts', collect)
    .option('-p, --partition <names>', 'only jobs in these partitions', collect)
    .option('--qos <names>', 'only jobs with these qualities of service', collect)
    .option('-t, --states <states>', 'only jobs in these states (`all` for finished ones too)', collect)
    .option('-j, --jobs <ids>', 'only these jobs, arrays or tasks', collect)
    .option('-n, --name <names>', 'only jobs with these names', collect)
    .option('-w, --nodelist <nodes>', 'only jobs on these nodes, such as n[1-4]', collect);
}

export function queueFilterOf(options: ParsedInput['options']): Omit<QueueFilter, 'target'> {
  return {
    mine: options['me'] === true,
    users: listOf(options['user']),
    accounts: listOf(options['account']),
    partitions: listOf(options['partition']),
    qos: listOf(options['qos']),
    states: parseStates(listOf(options['states'])),
    jobIds: [options['jobs'] ?? []].flat().flatMap((text) => parseJobIdList(String(text))),
    names: listOf(options['name']),
    nodes: nodesOf(options['nodelist']),
  };
}

/** Single names. Commas between brackets belong to a range. */
export function nodesOf(value: unknown): readonly string[] {
  return [value ?? []].flat().flatMap((text) => expandNodeList(String(text)));
}
