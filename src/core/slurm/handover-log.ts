/** What the hand-over has said so far. Later lines overrule earlier ones; a line without its end is not there yet. */
export interface HandoverLog {
  readonly jobs: ReadonlyMap<string, string>;
  /** Those of windows that were let go on. */
  readonly released: ReadonlySet<string>;
  /** The process that began last. */
  readonly begun: { readonly pid: number; readonly host: string; readonly at: number } | undefined;
  /** Its last word; `undefined` while it is at work, and when it died. */
  readonly end:
    | { readonly kind: 'done' | 'withdrawn' }
    | { readonly kind: 'unresolved' | 'stopped'; readonly token: string }
    /** What can be submitted now is; a window waits for its turn, for room in the queue, or for the end of a pause. */
    | { readonly kind: 'deferred'; readonly window: number; readonly why: string }
    | undefined;
}

export function parseHandoverLog(text: string): HandoverLog {
  const jobs = new Map<string, string>();
  const released = new Set<string>();
  let begun: HandoverLog['begun'];
  let end: HandoverLog['end'];
  for (const line of text.split('\n').slice(0, -1)) {
    const [kind = '', first = '', second = '', third = ''] = line.split(' ');
    if (kind === 'begin') {
      begun = { pid: Number(first), host: second, at: Number(third) };
      end = undefined;
    } else if (kind === 'job') jobs.set(first, second);
    else if (kind === 'done' || kind === 'withdrawn') end = { kind };
    else if (kind === 'released') for (const token of jobs.keys()) released.add(token);
    else if (kind === 'deferred') end = { kind, window: Number(first), why: second };
    else if (kind === 'unresolved' || kind === 'stopped') end = { kind, token: first };
  }
  return { jobs, released, begun, end };
}

/** Which submission was refused, and Slurm's own words. */
export interface Refusal {
  readonly token: string;
  /** `unreachable`: there was no controller to ask, and nothing had been submitted before. */
  readonly code: number | 'unreachable';
  readonly message: string;
}

/** Reads `refused.txt`; `undefined` where nothing was refused. */
export function parseRefusal(text: string): Refusal | undefined {
  const match = /^refused (\S+) (\d+|unreachable)\n(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, token = '', code = '', message = ''] = match;
  return { token, code: code === 'unreachable' ? code : Number(code), message: message.trim() };
}
