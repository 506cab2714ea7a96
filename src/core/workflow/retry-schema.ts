import { z } from 'zod';
import { orText } from '../job/or-text.ts';
import { checkpointSignals, type RetryCause, retryCauses } from '../job/retry-shell.ts';

/** More would be no retrying any more. */
const mostAttempts = 100;

const count = orText(
  (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text),
  z
    .int({ error: 'expected a whole number' })
    .min(0, { error: 'expected a whole number from 0' })
    .max(mostAttempts, { error: `expected at most ${mostAttempts}` }),
);

const spans = /^(?=\d)(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?$/;

/** A number is seconds, as the reference has it; longer ones have units: `90s`, `5m`, `1h30m`. */
const seconds = z
  .union([z.int(), z.string()], { error: 'expected seconds, or a text such as 90s, 5m or 1h30m' })
  .transform((value, context) => {
    const text = String(value).trim();
    const [match, days = '0', hours = '0', minutes = '0', rest = '0'] = spans.exec(text) ?? [];
    const units = Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(rest);
    const total = /^\d{1,9}$/.test(text) ? Number(text) : match === undefined ? Number.NaN : units;
    if (Number.isFinite(total) && total <= mostSeconds) return total;
    const message = `\`${text}\` is no time: write seconds (90), or units (90s, 5m, 1h30m), at most 30 days`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const mostSeconds = 30 * 86_400;

const factor = orText(
  (text) => (/^\d{1,3}(?:\.\d{1,6})?$/.test(text) ? Number(text) : text),
  z
    .number({ error: 'expected a factor such as 1.5' })
    .min(1, { error: 'expected a factor from 1' })
    .max(100, { error: 'expected a factor of at most 100' }),
);

const cause = z
  .string({ error: 'expected text' })
  .refine((text): text is RetryCause => retryCauses.some((name) => name === text) || isExitCause(text), {
    error: ({ input }) => `\`${String(input)}\` is no cause: write ${retryCauses.join(', ')} or exit:CODE`,
  });

function isExitCause(text: string): boolean {
  const [, code] = /^exit:(\d{1,3})$/.exec(text) ?? [];
  return code !== undefined && Number(code) > 0 && Number(code) < 256;
}

/** Named by nobody, `timeout` is none of them: what ran out of time would most likely do so again. */
const usualCauses: readonly RetryCause[] = ['failed', 'oom', 'node_fail', 'preempted', 'boot_fail'];

const growth = z.strictObject(
  {
    /** After an out-of-memory. */
    memory: factor.exactOptional(),
    /** After a time limit. */
    time: factor.exactOptional(),
  },
  { error: mapping('expected `memory` or `time`, each with a factor') },
);

/** `retry` of a job: how often once more, after what, and with what. A number alone is `max`. */
export const retrySchema = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'string' ? { max: value } : value),
  z.strictObject(
    {
      max: count,
      on: orText((text) => [text], z.array(cause, { error: 'expected a list of causes' }).min(1)).default([
        ...usualCauses,
      ]),
      delay: seconds.exactOptional(),
      backoff: factor.default(1),
      max_delay: seconds.default(3_600),
      jitter: orText(
        (text) => (/^\d{1,3}$/.test(text) ? Number(text) : text),
        z.int().min(0).max(100, { error: 'expected a percentage from 0 to 100' }),
      ).default(0),
      grow: growth.exactOptional(),
    },
    { error: mapping('expected a number, or a mapping with `max`') },
  ),
);

export const retryDelaySchema = seconds;

/** `checkpoint` of a job: what happens before its time limit, and that it goes on afterwards. */
export const checkpointSchema = z
  .strictObject(
    {
      before: seconds.default(120),
      signal: z
        .string()
        .transform((text) => text.toUpperCase().replace(/^SIG/, ''))
        .refine((name) => checkpointSignals.includes(name), {
          error: `expected one of ${checkpointSignals.join(', ')}`,
        })
        .exactOptional(),
      command: z
        .string({ error: 'expected shell text' })
        .min(1, { error: 'must not be empty' })
        .refine((text) => !text.includes('\0'), { error: 'must not contain NUL' })
        .exactOptional(),
      wait: seconds.exactOptional(),
      max: count.default(mostAttempts),
    },
    { error: mapping('expected a mapping with `signal` or `command`') },
  )
  .superRefine(({ signal, command, wait, before }, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (signal === undefined && command === undefined) issue('signal', 'name a `signal`, a `command`, or both');
    if (before < shortestWarning) issue('before', `expected at least ${shortestWarning} seconds`);
    if (wait !== undefined && wait > before - reserve)
      issue('wait', `leave ${reserve} seconds of \`before\` for the end`);
  });

/** Slurm looks for jobs to warn once a minute or so, and a warning may not come later than it is of use. */
const shortestWarning = 60;

/** Until the payload is gone and the job is back in the queue. */
export const reserve = 30;

function mapping(message: string) {
  return (issue: { readonly code: string | undefined }) => (issue.code === 'invalid_type' ? message : undefined);
}
