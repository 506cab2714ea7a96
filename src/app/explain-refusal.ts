import { ConnectionError, SubmissionError } from '../core/errors.ts';
import type { AppContext, TargetName } from './app-context.ts';

/** A refusal for a partition's name gets the names that there are; every other error stays as it is. */
export async function explainRefusal(context: AppContext, target: TargetName, error: unknown): Promise<unknown> {
  if (!(error instanceof SubmissionError) || !/invalid partition/i.test(error.detail ?? '')) return error;
  try {
    const { partitions } = await (await context.cluster(target)).inventory({ signal: context.signal });
    const { message, code, detail = '' } = error;
    const hint = `There are: ${partitions.map(({ name }) => name).join(', ')}.`;
    return new SubmissionError(message, { code, detail, hint, cause: error });
  } catch (failure) {
    // The refusal is what matters, also where the list cannot be had.
    if (failure instanceof ConnectionError) return error;
    throw failure;
  }
}
