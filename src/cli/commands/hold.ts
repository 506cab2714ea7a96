import { isHeld, isWaiting, hold as verb } from '../../app/control-verbs.ts';
import { holdWords } from '../control-words.ts';
import { defineJobVerb } from '../job-verb.ts';

export const hold = defineJobVerb({
  ...holdWords,
  summary: 'Keep waiting jobs from starting',
  examples: ['srunx hold 4711 4712_[3-9]', 'srunx hold --me -n train --dry-run'],
  verb: () => verb,
  applies: (job) => isWaiting(job) && !isHeld(job),
});
