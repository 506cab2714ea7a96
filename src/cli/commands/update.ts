import { isWaiting, update as verb } from '../../app/control-verbs.ts';
import { UsageError } from '../../core/errors.ts';
import { planUpdates, type UpdateOption, updateOptions } from '../../core/slurm/job-update.ts';
import { defineJobVerb } from '../job-verb.ts';

export const update = defineJobVerb({
  name: 'update',
  past: 'changed',
  summary: 'Change jobs that wait or run',
  examples: ['srunx update 4711 --time 2:00:00', 'srunx update --me --named train --partition long --dry-run'],
  ownNames: true,
  configure(command) {
    command
      .option('--time <limit>', 'time limit; +30 or -30 for half an hour more or less')
      .option('-p, --partition <name>', 'partition')
      .option('--qos <name>', 'quality of service')
      .option('-A, --account <name>', 'account')
      .option('--priority <number>', 'priority (raising it is for operators)')
      .option('--nice <number>', 'make way for other jobs')
      .option('-n, --name <name>', 'name')
      .option('--comment <text>', 'comment')
      .option('-d, --dependency <list>', 'what to wait for: afterok:4711; empty for nothing')
      .option('-b, --begin <time>', 'not before this time: now+2hours')
      .option('--deadline <time>', 'give up where it cannot end before')
      .option('-N, --nodes <count>', 'number of nodes, or MIN-MAX')
      .option('-w, --nodelist <nodes>', 'these nodes')
      .option('-x, --exclude <nodes>', 'not these nodes')
      .option('-C, --constraint <features>', 'features of the nodes')
      .option('--mem <amount>', 'memory per node')
      .option('--reservation <name>', 'reservation')
      .option('--throttle <count>', 'how many tasks of the array may run at once; 0 for all');
  },
  verb(options) {
    const given = updateOptions.filter((option) => options[option] !== undefined);
    if (given.length === 0) {
      throw new UsageError('no change is named', {
        code: 'usage.missing_argument',
        hint: `There are: ${updateOptions.map((option) => `--${option}`).join(', ')}.`,
      });
    }
    return verb(planUpdates(new Map(given.map((option): [UpdateOption, string] => [option, String(options[option])]))));
  },
  applies: isWaiting,
});
