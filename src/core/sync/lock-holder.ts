/** Who has a lock, and all by which it can be told whether they still live. */
export interface LockHolder {
  /** Of this taking alone. */
  readonly token: string;
  readonly host: string;
  readonly user: string;
  /** Host, pid, and when the process started. */
  readonly process: string;
  /** Of the machine, whatever its name is. */
  readonly machine: string;
  /** Of one run of its system; absent where it cannot be told. */
  readonly boot?: string | undefined;
  /** Within which its numbers of processes count. */
  readonly space?: string | undefined;
  /** The lock of that machine which it has besides. */
  readonly file?: string | undefined;
  /** What it is for, in words: `srunx ssh sync`. */
  readonly purpose: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/** Two lines: a shell reads the first one. */
export function renderHolder(holder: LockHolder): string {
  return `${holder.token}\n${JSON.stringify(holder)}\n`;
}

const required = ['token', 'host', 'user', 'process', 'machine', 'purpose', 'since'] as const;

/** `undefined` where it says nobody, as one whose writing was interrupted. */
export function parseHolder(text: string): LockHolder | undefined {
  const [token, line = ''] = text.split('\n');
  try {
    const holder = JSON.parse(line) as Readonly<Record<string, unknown>> | null;
    const isSound = required.every((key) => typeof holder?.[key] === 'string') && holder?.['token'] === token;
    return isSound ? (holder as unknown as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}

/** `ada on laptop (process 4711) with srunx ssh sync, since 2026-04-23T10:00:00Z` */
export function describeHolder({ user, host, process, purpose, since }: LockHolder): string {
  const pid = /:(\d+):/.exec(process)?.[1];
  const text = `${user} on ${host}${pid === undefined ? '' : ` (process ${pid})`} with ${purpose}, since ${since}`;
  // It comes from a file.
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
