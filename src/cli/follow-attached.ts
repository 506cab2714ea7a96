import { type AttachRequest, attachRun } from '../app/attach-run.ts';
import type { CommandContext } from './define-command.ts';
import { followToEnd, sayDetached } from './follow-to-end.ts';

/** Follows a run that was handed over before, and says how to come back where that is interrupted. */
export async function followAttached(
  request: Pick<AttachRequest, 'word' | 'intervalSeconds'>,
  context: CommandContext,
): Promise<number> {
  const { app, out } = context;
  let runId: string | undefined;
  const views = attachRun(app, {
    ...request,
    onFound: (id) => {
      runId = id;
    },
    onSilence: (message) => out.note(`srunx: ${message}; still waiting`),
  });
  try {
    return await followToEnd(views, context);
  } catch (error) {
    if (app.signal.aborted && runId !== undefined) sayDetached(runId, out);
    throw error;
  }
}
