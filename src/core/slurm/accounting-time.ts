import { UsageError } from '../errors.ts';

const clock = String.raw`(?:0?\d|1\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[AaPp][Mm])?`;
const month = '(?:0?[1-9]|1[0-2])';
const dayOfMonth = '(?:0?[1-9]|[12]\\d|3[01])';
const iso = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)?`;
const day = String.raw`(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{2})?|${month}[/.]${dayOfMonth}(?:[/.]\d{2})?`;
/** Unit words in full only: `now-24h` is an error of Slurm's. */
const relative = String.raw`now(?:\s?[+-]\s?\d{1,9}(?:seconds?|minutes?|hours?|days?|weeks?)?)?`;
/** Below a million, `uts` is no time for Slurm. */
const epoch = String.raw`uts[1-9]\d{6,14}`;

const timeWord = new RegExp(
  `^(?:${relative}|${epoch}|${iso}|(?:${day})(?:-(?:${clock}))?|${clock}|today|tomorrow|midnight|noon|fika|teatime)$`,
  'i',
);

/** Words that many people write, and what Slurm would have taken. */
const hints: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [/^(?:now)?-?(\d+)\s?([smhdw])/i, ([, count = '', letter = '']) => `now-${count}${unitWords[letter.toLowerCase()]}`],
  [/^yesterday$/i, () => 'now-1day'],
  [/^(\d{4})-(\d\d)$/, ([, year, monthOfYear]) => `${year}-${monthOfYear}-01`],
  [/^(\d{1,2})\/(\d{1,2})\/20(\d\d)$/, ([, first, second, year]) => `${first}/${second}/${year}`],
  [/^(\d{4}-\d\d-\d\d[T ]\d\d)$/, ([, hour]) => `${hour}:00`],
];

const unitWords: Readonly<Record<string, string>> = {
  s: 'seconds',
  m: 'minutes',
  h: 'hours',
  d: 'days',
  w: 'weeks',
};

/** A time as sacct reads it for `-S` and `-E`, as it is; throws a UsageError for what sacct would refuse. */
export function checkAccountingTime(text: string, option: string): string {
  if (timeWord.test(text)) return text;
  const meant = hints.flatMap(([pattern, rewrite]) => {
    const found = pattern.exec(text);
    return found === null ? [] : [rewrite(found)];
  })[0];
  throw new UsageError(`\`${text}\` is no time for ${option}`, {
    code: 'usage.time',
    hint:
      meant === undefined
        ? 'Write 2030-01-20, 2030-01-20T12:34, 16:00, midnight, or now-2hours (units in full).'
        : `Slurm writes it \`${meant}\`.`,
  });
}
