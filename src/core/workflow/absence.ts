/**
 * How long a job has been missing from every source.
 *
 * - `none`: it is not missing, or nobody has looked.
 * - `fresh`: a source may merely be late; the job keeps its last state.
 * - `long`: how it stands cannot be told now, but the accounting replays what it missed once its database is back.
 * - `forever`: no source will ever tell.
 */
export type Absence = 'none' | 'fresh' | 'long' | 'forever';

export interface AbsenceFacts {
  /** Epoch ms, as all times here. */
  readonly now: number;
  readonly submittedAt: number;
  /** Since the first look at which no source knew it. */
  readonly missingSince: number;
  readonly hasAccounting: boolean;
  /** Its wrapper writes a receipt. */
  readonly wrapped: boolean;
}

export function judgeAbsence({ now, submittedAt, missingSince, hasAccounting, wrapped }: AbsenceFacts): Absence {
  if (now - submittedAt < submissionGraceMs) return 'fresh';
  if (!hasAccounting && !wrapped) return 'forever';
  const missingMs = now - missingSince;
  if (missingMs < graceMs) return 'fresh';
  return hasAccounting && missingMs < replayMs ? 'long' : 'forever';
}

const submissionGraceMs = 120_000;

/** The accounting is some seconds late, and a network file system shows a new receipt after up to a minute. */
const graceMs = 60_000;

/** Within a day a database that was down is up again. */
const replayMs = 24 * 3_600_000;
