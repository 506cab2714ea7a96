import type { AppContext, TargetName } from '../../app/app-context.ts';
import { planCancel } from '../../app/cancel-jobs.ts';
import { controlJobs } from '../../app/control-jobs.ts';
import { hold, release, requeue } from '../../app/control-verbs.ts';
import { assertNever, BugError, SrunxError } from '../../core/errors.ts';
import { cancelWords } from '../cancel-words.ts';
import { holdWords, releaseWords, requeueWords, sayControl } from '../control-words.ts';
import type { Message, TopVerb } from './top-state.ts';

export interface Deed {
  readonly target: TargetName;
  readonly verb: TopVerb;
  readonly jobIds: readonly string[];
}

/** Does to the jobs what `scancel`, `hold`, `release` and `requeue` do, and says what became of them. */
export async function actOnJobs(app: AppContext, deed: Deed): Promise<Message> {
  try {
    return tell(await carryOut(app, deed));
  } catch (error) {
    return messageOf(error);
  }
}

/** What is not to be expected is thrown. */
export function knownError(error: unknown): SrunxError {
  if (error instanceof SrunxError && !(error instanceof BugError)) return error;
  throw error;
}

/** What is wrong, and what to do next. */
export function messageOf(error: unknown): Message {
  const { message, detail = '', hint = '' } = knownError(error);
  return { text: [message, detail, hint].filter((part) => part !== '').join('. '), isFailure: true };
}

/** What became of one job, in words. */
export interface ToldOutcome {
  readonly jobId: string;
  readonly words: string;
  readonly isFailure: boolean;
}

async function carryOut(app: AppContext, { target, verb, jobIds }: Deed): Promise<readonly ToldOutcome[]> {
  switch (verb) {
    case 'cancel': {
      const nothingElse = { mine: false, users: [], names: [], partitions: [], states: [] };
      const plan = await planCancel(app, { ...nothingElse, target, jobIds, preview: false });
      return (await plan.execute(plan.jobIds)).map((result) => ({
        jobId: result.jobId,
        words: withMessage(cancelWords.say(result), result.message),
        isFailure: cancelWords.isFailure(result.outcome),
      }));
    }
    case 'hold':
    case 'release':
    case 'requeue': {
      const { words, how } = controls[verb];
      return (await controlJobs(app, { target, jobIds, verb: how })).map((result) => ({
        jobId: result.jobId,
        words: withMessage(sayControl(result, words), result.message),
        isFailure: result.outcome !== 'done',
      }));
    }
    default:
      return assertNever(verb);
  }
}

const controls = {
  hold: { words: holdWords, how: hold },
  release: { words: releaseWords, how: release },
  requeue: { words: requeueWords, how: requeue({ held: false }) },
};

function withMessage(words: string, message: string | undefined): string {
  return message === undefined ? words : `${words}: ${message}`;
}

/** More ids than that are counted. */
const fewIds = 3;

/** In one line: those that have the same words together, what went wrong first. */
export function tell(outcomes: readonly ToldOutcome[]): Message {
  const groups = [...Map.groupBy(outcomes, ({ words }) => words).values()];
  const isBad = (group: readonly ToldOutcome[]) => group.some(({ isFailure }) => isFailure);
  const ordered = [...groups.filter(isBad), ...groups.filter((group) => !isBad(group))];
  const sentences = ordered.map((group) => {
    const ids = group.map(({ jobId }) => jobId);
    return `${ids.length > fewIds ? `${ids.length} jobs` : ids.join(', ')}: ${group[0]?.words ?? ''}`;
  });
  return { text: sentences.join('; '), isFailure: groups.some(isBad) };
}
