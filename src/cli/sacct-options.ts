import type { Command } from 'commander';
import type { AccountingFilter } from '../app/list-accounting.ts';
import { parseStates } from '../app/list-queue.ts';
import { UsageError } from '../core/errors.ts';
import { checkAccountingTime } from '../core/slurm/accounting-time.ts';
import { parseTimeLimitInput } from '../core/slurm/duration.ts';
import { type ByteUnit, byteUnits } from '../core/slurm/format-bytes.ts';
import { parseJobIdList } from '../core/slurm/job-id.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import { collect, listOf } from './common-options.ts';
import type { ParsedInput } from './define-command.ts';

type Options = ParsedInput['options'];

/** Which records: the options of sacct, under Slurm's names and letters where `-p` and `-n` do not stand in the way. */
export function addAccountingFilters(command: Command): Command {
  return command
    .option('-j, --jobs <ids>', 'only these jobs, arrays, tasks or steps, of whatever time', collect)
    .option('-u, --user <names>', 'only jobs of these users', collect)
    .option('-a, --allusers', 'jobs of all users')
    .option('-S, --starttime <time>', 'from this time on (now-1day)')
    .option('-E, --endtime <time>', 'up to this time (now)')
    .option('-s, --state <states>', 'only jobs in these states', collect)
    .option('-p, --partition <names>', 'only jobs in these partitions', collect)
    .option('-r <names>', "the same, by Slurm's own letter", collect)
    .option('-A, --accounts <names>', 'only jobs of these accounts', collect)
    .option('--qos <names>', 'only jobs with these qualities of service', collect)
    .option('-N, --nodelist <nodes>', 'only jobs on these nodes, such as n[1-4]', collect)
    .option('-n, --name <names>', 'only jobs with these names', collect)
    .option('-k, --timelimit-min <time>', 'only jobs with at least this limit')
    .option('-K, --timelimit-max <time>', 'only jobs with at most this limit')
    .option('-X, --allocations', 'one line for each job: as without it')
    .option('--show-steps', 'the steps of each job too')
    .option('-D, --duplicates', 'earlier attempts, and other jobs that had the same id')
    .option('-L, --allclusters', 'jobs of all clusters in the accounting')
    .option('--slurm-arg <word>', "hand this word to Slurm's sacct as it is (may be repeated)", collect);
}

/** Throws a UsageError for what sacct would refuse, before anything is asked. */
export function accountingFilterOf(options: Options): Omit<AccountingFilter, 'target' | 'efficiency' | 'extra'> {
  const steps = options['showSteps'] === true;
  if (steps && options['allocations'] === true) {
    throw new UsageError('--allocations and --show-steps cannot be used together', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  const nodes = [options['nodelist'] ?? []].flat().map(String);
  nodes.forEach(expandNodeList);
  return {
    jobIds: [...new Set([options['jobs'] ?? []].flat().flatMap((text) => parseJobIdList(String(text))))],
    users: listOf(options['user']),
    allUsers: options['allusers'] === true,
    start: timeOf(options, 'starttime'),
    end: timeOf(options, 'endtime'),
    states: parseStates(listOf(options['state'])),
    partitions: [...listOf(options['partition']), ...listOf(options['r'])],
    accounts: listOf(options['accounts']),
    qos: listOf(options['qos']),
    nodes: nodes.length === 0 ? undefined : nodes.join(','),
    names: listOf(options['name']),
    timeLimitMin: limitOf(options['timelimitMin']),
    timeLimitMax: limitOf(options['timelimitMax']),
    steps,
    duplicates: options['duplicates'] === true,
    allClusters: options['allclusters'] === true,
    words: [options['slurmArg'] ?? []].flat().map(String),
  };
}

function timeOf(options: Options, name: 'starttime' | 'endtime'): string | undefined {
  return options[name] === undefined ? undefined : checkAccountingTime(String(options[name]), `--${name}`);
}

function limitOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  parseTimeLimitInput(String(value));
  return String(value);
}

export function memoryUnitOf(options: Options): ByteUnit | undefined {
  if (options['units'] === undefined) return undefined;
  const unit = byteUnits.find((known) => known === String(options['units']).toUpperCase());
  if (unit !== undefined) return unit;
  throw new UsageError(`\`${String(options['units'])}\` is no unit of memory`, {
    code: 'usage.option_value',
    hint: `There are: ${byteUnits.join(', ')}.`,
  });
}
