import { resume as verb } from '../../app/control-verbs.ts';
import { defineJobVerb } from '../job-verb.ts';

export const resume = defineJobVerb({
  name: 'resume',
  past: 'resumed',
  summary: 'Let suspended jobs go on (for operators of the cluster)',
  examples: ['srunx resume 4711', 'srunx resume -p gpu --yes'],
  verb: () => verb,
  deniedHint:
    'Slurm lets only its operators and administrators do this; `srunx hold` is for everybody, before a job starts.',
  applies: ({ state }) => state.phase === 'suspended',
});
