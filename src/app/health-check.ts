import { SrunxError } from '../core/errors.ts';

/** One thing that was looked at, and what it means for the user. */
export interface HealthCheck {
  /** Stable: `controller`, `database` … */
  readonly name: string;
  /** `skip`: it does not apply here, or could not be looked at because something else failed. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly message: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

/** A check that may throw: an error of ours is its result, because the others are to be looked at, too. */
export async function attemptCheck(
  name: string,
  check: () => Promise<Omit<HealthCheck, 'name'>> | Omit<HealthCheck, 'name'>,
): Promise<HealthCheck> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    if (!(error instanceof SrunxError)) throw error;
    const detail = error.detail === undefined || error.detail === '' ? '' : ` (${error.detail.split('\n')[0]})`;
    return { name, status: 'fail', message: `${error.message}${detail}`, hint: error.hint };
  }
}

/** `3.2 GiB` */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const amount = bytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}
