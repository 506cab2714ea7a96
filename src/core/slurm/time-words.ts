const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
const namedClocks: Readonly<Record<string, string>> = {
  midnight: '0:00',
  elevenses: '11:00',
  noon: '12:00',
  fika: '15:00',
  teatime: '16:00',
};

export interface TimeContext {
  /** Epoch ms. */
  readonly now: number;
  /** What a time of day without a day means: the next one (`--begin`), or today's (a look back, as with sacct). */
  readonly clock: 'next' | 'today';
}

/**
 * The moment that Slurm's words mean (epoch ms), in this machine's time zone: `now+1hour`, `16:00`, `tomorrow`,
 * `2030-01-20T12:34:00`, `01/20/30-16:00`. For text that was validated before: what is wrong in it may go unnoticed.
 */
export function parseTimeWords(text: string, context: TimeContext): number | undefined {
  const relative = /^now(?:\s?([+-])\s?(\d+)\s?([a-z]*))?$/i.exec(text);
  if (relative !== null) {
    const [, sign, amount = '0', word = ''] = relative;
    return context.now + (sign === '-' ? -1 : 1) * Number(amount) * unit(word) * 1000;
  }
  const epoch = /^uts(\d+)$/i.exec(text)?.[1];
  return epoch === undefined ? parseCalendar(text, context) : Number(epoch) * 1000;
}

function unit(word: string): number {
  return unitSeconds[word.slice(0, 1).toLowerCase()] ?? 1;
}

function parseCalendar(text: string, { now, clock: meaning }: TimeContext): number | undefined {
  let day: Date | undefined;
  let clock: string | undefined;
  for (const part of splitParts(text)) {
    const found = parseDay(part, new Date(now));
    if (found === undefined) clock = namedClocks[part.toLowerCase()] ?? part;
    else day = found;
  }
  const minutes = clock === undefined ? 0 : parseClock(clock);
  if (minutes === undefined) return undefined;
  const base = day ?? startOfDay(new Date(now));
  const at = new Date(base).setSeconds(minutes * 60);
  const over = meaning === 'next' && day === undefined && at <= now;
  return over ? new Date(new Date(base).setDate(base.getDate() + 1)).setSeconds(minutes * 60) : at;
}

/** `2030-01-20T12:34`, `01/20-16:00`, `16:00 tomorrow`, `4:00 pm`. */
function splitParts(text: string): string[] {
  const joined = text.trim().replace(/\s+([ap]m)$/i, '$1');
  const iso = /^(\d{4}-\d{1,2}-\d{1,2})(?:[T\s-](.+))?$/i.exec(joined);
  if (iso !== null) return iso.slice(1).filter((part) => part !== undefined);
  return joined.split(/[T\s-](?=\d|[a-z]{3})/).filter((part) => part !== '');
}

function startOfDay(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

function parseDay(text: string, today: Date): Date | undefined {
  const word = text.toLowerCase();
  if (word === 'today') return startOfDay(today);
  if (word === 'tomorrow') return new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1);
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso !== null) return new Date(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]));
  const packed = /^(\d{2})(\d{2})(\d{2})?$/.exec(text);
  const slashed = /^(\d{1,2})[/](\d{1,2})(?:[/](\d{2,4}))?$/.exec(text);
  const dotted = /^(\d{1,2})[.](\d{1,2})(?:[.](\d{2,4}))?$/.exec(text);
  const [, month, date, year] = packed ?? slashed ?? (dotted === null ? [] : ['', dotted[2], dotted[1], dotted[3]]);
  if (month === undefined) return undefined;
  const full = year === undefined ? today.getFullYear() : Number(year) + (year.length === 2 ? 2000 : 0);
  return new Date(full, Number(month) - 1, Number(date));
}

/** In minutes from midnight, with seconds as a fraction. */
function parseClock(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?\s?([ap]m)?$/i.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds = '0', half] = match;
  const twelve = half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  return twelve * 60 + Number(minutes) + Number(seconds) / 60;
}
