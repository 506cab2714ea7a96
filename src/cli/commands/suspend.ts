import { suspend as verb } from '../../app/control-verbs.ts';
import { defineJobVerb } from '../job-verb.ts';

export const suspend = defineJobVerb({
  name: 'suspend',
  past: 'suspended',
  summary: 'Stop running jobs for a while (for operators of the cluster)',
  examples: ['srunx suspend 4711', 'srunx suspend -p gpu --dry-run'],
  verb: () => verb,
  deniedHint:
    'Slurm lets only its operators and administrators do this; `srunx hold` is for everybody, before a job starts.',
  applies: ({ state }) => state.status === 'RUNNING' && state.phase === undefined,
});
