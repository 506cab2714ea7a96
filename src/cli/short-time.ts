/** Epoch ms as `2026-03-01 17:05`, where the user is; in UTC with a `Z` behind it. */
export function formatShortTime(ms: number, { utc = false }: { readonly utc?: boolean } = {}): string {
  return utc ? `${utcTime.format(ms)}Z` : localTime.format(ms);
}

// The Swedish way is the ISO way.
const shape = { dateStyle: 'short', timeStyle: 'short' } as const;
const localTime = new Intl.DateTimeFormat('sv-SE', shape);
const utcTime = new Intl.DateTimeFormat('sv-SE', { ...shape, timeZone: 'UTC' });
