/** `2026-03-01T17:05:09` where the user is, as Slurm prints times; `-` for none. */
export function formatLocalTime(epochSeconds: number | undefined): string {
  if (epochSeconds === undefined) return '-';
  const time = new Date(epochSeconds * 1000);
  const date = [time.getFullYear(), pad(time.getMonth() + 1), pad(time.getDate())].join('-');
  return `${date}T${[time.getHours(), time.getMinutes(), time.getSeconds()].map(pad).join(':')}`;
}

/** ISO 8601 in UTC for JSON. */
export function isoTime(epochSeconds: number | undefined): string | null {
  return epochSeconds === undefined ? null : new Date(epochSeconds * 1000).toISOString();
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

/** Without year and seconds, for a terminal that has no room for them. */
export function formatTightTime(seconds: number | undefined): string {
  return formatLocalTime(seconds).slice(5, 16).replace('T', ' ') || '-';
}
