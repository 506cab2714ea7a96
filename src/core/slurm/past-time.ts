import { UsageError } from '../errors.ts';
import { isDate } from '../job/validate-sbatch-option.ts';
import { parseTimeWords } from './time-words.ts';

/** sacct counts in weeks, too. */
const weeks = /^now\s?[+-]\s?\d{1,9}\s?weeks?$/i;

/** The moment (epoch ms) that a person names to look back: Slurm's words, in which a time of day is today's. Throws a UsageError. */
export function parsePastTime(
  text: string,
  { option, now }: { readonly option: string; readonly now: number },
): number {
  const words = text.trim();
  const at = isDate(words) || weeks.test(words) ? parseTimeWords(words, { now, clock: 'today' }) : undefined;
  if (at !== undefined && Number.isFinite(at)) return at;
  throw new UsageError(`\`${text}\` is no time for ${option}`, {
    code: 'usage.time',
    hint: 'Write a time such as now-7days, today, 09:30, 2030-01-20 or 2030-01-20T12:34:00.',
  });
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** An age as a person writes it, in ms: `90d`, `12h`, `30m`, `2w`. Throws a UsageError. */
export function parseAge(text: string, option: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhdw])$/i.exec(text.trim()) ?? [];
  const factor = unitMs[unit.toLowerCase()];
  if (amount !== undefined && factor !== undefined) return Number(amount) * factor;
  throw new UsageError(`\`${text}\` is no age for ${option}`, {
    code: 'usage.age',
    hint: 'Write a number with its unit: 90d, 12h, 30m or 2w.',
  });
}
