import { UsageError } from '../errors.ts';

const clock = /^(?:(\d{1,9})-)?(?:(\d{1,9}):)?(\d{1,9}):(\d{1,9}(?:\.\d+)?)$/;

/** A time as Slurm prints it, in seconds: `0:05`, `1:30:00`, `1-12:00:00`, CPU times such as `01:02.500`. */
export function parseElapsed(text: string): number | undefined {
  const match = clock.exec(text);
  if (match === null) return undefined;
  const [, days = '0', hours = '0', minutes, seconds] = match;
  return Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/**
 * A time limit as Slurm prints it, in seconds; `null` is no limit (`infinite` is sinfo's word). `undefined` where Slurm
 * has none to tell: `NOT_SET`, `INVALID`, `Partition_Limit`, `N/A`.
 */
export function parseTimeLimitOutput(text: string): number | null | undefined {
  return text === 'UNLIMITED' || text === 'infinite' ? null : parseElapsed(text);
}

/** Slurm keeps minutes in 32 bits, and the two largest numbers mean "unlimited" and "not set". */
const maxMinutes = 2 ** 32 - 3;

/**
 * What a user may write for `--time`, in minutes: `m`, `m:s`, `h:m:s`, `d-h`, `d-h:m`, `d-h:m:s`. Seconds round up, because
 * Slurm counts in minutes; `0`, `-1`, `UNLIMITED` and `INFINITE` are no limit, as for sbatch. Throws a UsageError for
 * everything else.
 */
export function parseTimeLimitInput(text: string): number | 'unlimited' {
  if (/^(?:-1|unlimited|infinite)$/i.test(text)) return 'unlimited';
  const minutes = toMinutes(text);
  if (minutes === undefined || minutes > maxMinutes) {
    throw new UsageError(`\`${text}\` is not a time limit`, {
      code: 'usage.time_limit',
      hint: 'Write minutes (90), h:mm:ss (1:30:00), days-hours (1-12), or unlimited.',
    });
  }
  return minutes === 0 ? 'unlimited' : minutes;
}

function toMinutes(text: string): number | undefined {
  const match = /^(?:(\d{1,9})-)?(\d{1,9}(?::\d{1,9}){0,2})$/.exec(text);
  if (match === null) return undefined;
  const [, days, rest = ''] = match;
  const parts = rest.split(':').map(Number);
  // After days come hours; without days only three parts begin with hours, fewer begin with minutes.
  const [hours = 0, minutes = 0, seconds = 0] = days !== undefined || parts.length === 3 ? parts : [0, ...parts];
  return Number(days ?? 0) * 1_440 + hours * 60 + minutes + Math.ceil(seconds / 60);
}

/** Seconds as squeue writes them: `0:05`, `1:30:00`, `1-12:00:00`. Parts of a second are dropped. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3_600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (days > 0) return `${days}-${pad(hours)}:${pad(minutes)}:${pad(whole % 60)}`;
  if (hours > 0) return `${hours}:${pad(minutes)}:${pad(whole % 60)}`;
  return `${minutes}:${pad(whole % 60)}`;
}
