import { type AttachRequest, attachRun } from '../app/attach-run.ts';
import type { CommandContext } from './define-command.ts';
import { followToEnd, sayDetached, type ToJson } from './follow-to-end.ts';

/** Follows a run that was handed over before, and says how to come back where that is interrupted. */
export async function followAttached(
  { toJson, ...request }: Pick<AttachRequest, 'word' | 'intervalSeconds'> & { readonly toJson?: ToJson },
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
    return await followToEnd(views, context, toJson);
  } catch (error) {
    if (app.signal.aborted && runId !== undefined) sayDetached(runId, out);
    throw error;
  }
}
