import { isWaiting, requeue as verb } from '../../app/control-verbs.ts';
import { requeueWords } from '../control-words.ts';
import { defineJobVerb } from '../job-verb.ts';

export const requeue = defineJobVerb({
  ...requeueWords,
  summary: 'Put jobs back into the queue: they run once more under the same id',
  examples: ['srunx requeue 4711', 'srunx requeue 4711_3 --hold'],
  configure(command) {
    command.option('--hold', 'and keep them from starting');
  },
  verb: (options) => verb({ held: options['hold'] === true }),
  applies: (job) => !isWaiting(job),
});
