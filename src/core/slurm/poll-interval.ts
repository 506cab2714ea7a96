export interface PollSituation {
  readonly kind: 'slurm' | 'embedded';
  /** Somebody is looking at this moment. */
  readonly focused: boolean;
  /** Looks so far of whoever is looking, where it is somebody with eyes; default: many. */
  readonly looks?: number | undefined;
  /** Looks in a row that brought nothing new. */
  readonly quietLooks: number;
  /** Between -1 and 1, fresh for every look: so that those who began together do not ask together for ever. Default 0. */
  readonly jitter?: number | undefined;
  /** What the look before took, in ms, with all that was made of it. */
  readonly lookMs?: number | undefined;
  /** How long the controller remembers a finished job, where nobody else does. */
  readonly onlyMemorySeconds?: number | undefined;
}

/**
 * How long to wait before the next look, in ms. A controller sees one request for all jobs of a user: every 5 s under
 * somebody's eyes (the first times a little sooner, because many jobs are over at once), else every 15 s; longer, up to 3 minutes, the longer nothing happens. Where only the controller knows how
 * a job ended, it is asked three times before it forgets.
 */
export function pollIntervalMs(situation: PollSituation): number {
  const {
    kind,
    focused,
    looks = Number.POSITIVE_INFINITY,
    quietLooks,
    jitter = 0,
    lookMs = 0,
    onlyMemorySeconds = Number.POSITIVE_INFINITY,
  } = situation;
  if (kind === 'embedded') return Math.min(Math.max(100, lookMs * pausePerLook), 5_000);
  const first = focused ? (firstLooksMs[looks - 1] ?? 5_000) : 15_000;
  const patience = Math.max(0, quietLooks - (focused ? 12 : 0));
  const wanted = Math.min(first * 1.5 ** patience, focused ? 15_000 : 180_000);
  const allowed = Math.max((onlyMemorySeconds * 1000) / 3, shortestMs);
  return Math.round(Math.min(wanted * (1 + 0.15 * jitter), allowed));
}

/** Whoever looks takes at most a fifth of a core from the jobs, which run on the same machine. */
const pausePerLook = 4;

/** After the first look, and after the second. */
const firstLooksMs = [2_000, 3_000];

/** What the budget of requests allows in the long run. */
const shortestMs = 1_000;
