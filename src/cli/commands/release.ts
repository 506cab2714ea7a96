import { isPartlyHeld, isWaiting, release as verb } from '../../app/control-verbs.ts';
import { releaseWords } from '../control-words.ts';
import { defineJobVerb } from '../job-verb.ts';

export const release = defineJobVerb({
  ...releaseWords,
  summary: 'Let held jobs start',
  examples: ['srunx release 4711', 'srunx release --me --yes'],
  verb: () => verb,
  applies: (job) => isWaiting(job) && isPartlyHeld(job),
});
