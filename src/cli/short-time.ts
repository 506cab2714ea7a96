/**
 * Epoch ms as `2026-03-01 17:05`, where the user is; in UTC with a `Z` behind it. By hand: loading Intl takes as long as everything else that a small command
 * does.
 */
export function formatShortTime(epochMs: number, { utc = false }: { readonly utc?: boolean } = {}): string {
  const time = new Date(epochMs);
  const parts = utc
    ? [time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate(), time.getUTCHours(), time.getUTCMinutes()]
    : [time.getFullYear(), time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes()];
  const [year, month, day, hours, minutes] = parts.map((part) => String(part).padStart(2, '0'));
  return `${year}-${month}-${day} ${hours}:${minutes}${utc ? 'Z' : ''}`;
}
