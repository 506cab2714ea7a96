/** A limit on jobs in the queue, where each task of an array is one. */
export interface SubmitLimit {
  readonly kind: 'account' | 'qos';
  /** Of the account or the QOS. */
  readonly name: string;
  /** Everybody's jobs count who uses the account or the QOS. */
  readonly isShared: boolean;
  readonly limit: number;
  /** So many count at present. */
  readonly used: number;
}

export interface SubmitLimits {
  readonly limits: readonly SubmitLimit[];
  /** Of the user, where a job names none. */
  readonly defaultAccount: string | undefined;
  /** By account, the one above it. */
  readonly parents: ReadonlyMap<string, string>;
}

/** Asks the controller, not the database: it is the one who counts, and answers thirty times as fast as `sacctmgr`. */
export function submitLimitArgs(user: string): string[] {
  return ['show', 'assoc_mgr', `users=${user}`, 'flags=assoc,qos'];
}

/**
 * Reads the answer to {@link submitLimitArgs}. A limit that is not set is `N` there, or nothing. Of a QOS the controller tells only
 * those who have used it since it was started.
 */
export function parseSubmitLimits(text: string): SubmitLimits {
  const limits: SubmitLimit[] = [];
  const parents = new Map<string, string>();
  let defaultAccount: string | undefined;
  let record = { kind: 'account' as SubmitLimit['kind'], name: '', isUser: false };
  let account = '';
  for (const line of text.split('\n')) {
    const association = /^ClusterName=\S* Account=(\S*) UserName=(\S*)/.exec(line);
    const qos = /^QOS=(.*)\(\d+\)\s*$/.exec(line)?.[1];
    if (association !== null) record = { kind: 'account', name: association[1] ?? '', isUser: association[2] !== '' };
    else if (qos !== undefined) record = { kind: 'qos', name: qos, isUser: false };
    account = /^ {6}(\S+)\s*$/.exec(line)?.[1] ?? account;
    const { kind, name, isUser } = record;
    if (isUser && / DefAssoc=Yes/.test(line)) defaultAccount = name;
    const parent = /ParentAccount=([^(\s]+)\(/.exec(line)?.[1];
    if (parent !== undefined && kind === 'account') parents.set(name, parent);
    for (const [, key, suffix, limit, used] of line.matchAll(/(Grp|Max)SubmitJobs(P[AU])?=(\d+)\((\d+)\)/g)) {
      const counts = { limit: Number(limit), used: Number(used) };
      // Of an account itself it is only what its users get where nothing else is said.
      if (kind === 'account' && key === 'Max' && !isUser) continue;
      if (suffix === 'PA') limits.push({ kind: 'account', name: account, isShared: true, ...counts });
      else limits.push({ kind, name, isShared: key === 'Grp' && !isUser, ...counts });
    }
  }
  return { limits, defaultAccount, parents };
}

export interface SubmitRoom {
  /** So many may be submitted now. */
  readonly room: number;
  /** So many with an empty queue. */
  readonly limit: number;
  /** The limit that leaves the least. */
  readonly tightest: SubmitLimit;
}

/** For jobs of these accounts and QOS, as though each of them counted for all of these; `undefined`: there is no limit. */
export function roomFor(
  { limits, defaultAccount, parents }: SubmitLimits,
  { accounts, qos }: { readonly accounts: Iterable<string | undefined>; readonly qos: Iterable<string | undefined> },
): SubmitRoom | undefined {
  const names = new Set<string | undefined>();
  for (const account of accounts) {
    for (let name = account ?? defaultAccount; name !== undefined && !names.has(name); name = parents.get(name)) {
      names.add(name);
    }
  }
  const own = new Set(qos);
  const concerned = limits.filter(({ kind, name }) => (kind === 'account' ? names : own).has(name));
  const [tightest] = concerned.toSorted((a, b) => a.limit - a.used - (b.limit - b.used));
  if (tightest === undefined) return undefined;
  const limit = Math.min(...concerned.map((one) => one.limit));
  return { room: Math.max(0, tightest.limit - tightest.used), limit, tightest };
}

/** `account lab allows 20 jobs in the queue, of which 5 are there already`. */
export function describeSubmitLimit({ kind, name, isShared, limit, used }: SubmitLimit): string {
  const whose = `${kind === 'qos' ? 'QOS' : 'account'} ${name}`;
  return `${whose} allows ${isShared ? '' : 'you '}${limit} jobs in the queue, and ${used} are there already`;
}
