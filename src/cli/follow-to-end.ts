import type { RunView } from '../app/follow-run.ts';
import { exitCodes } from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';
import type { Output } from './output.ts';
import { createRunDisplay } from './run-display.ts';
import { runJson } from './run-table.ts';

/** The documented JSON of a run that has ended. */
export type ToJson = (run: RunView['run']) => Promise<Record<string, unknown>> | Record<string, unknown>;

/** Shows a run until all its jobs have ended, and returns what that means to the shell. */
export async function followToEnd(
  views: AsyncIterable<RunView>,
  { app, out }: Pick<CommandContext, 'app' | 'out'>,
  toJson: ToJson = runJson,
): Promise<number> {
  const display = createRunDisplay(out, app.now);
  let view: RunView | undefined;
  for await (view of views) display.update(view);
  if (view === undefined) return exitCodes.success;
  display.end(view);
  if (out.json) out.result(await toJson(view.run), '');
  return exitCodeOf(view.run.status);
}

function exitCodeOf(status: RunView['run']['status']): number {
  if (status === 'completed') return exitCodes.success;
  return status === 'cancelled' ? exitCodes.awaitedCancelled : exitCodes.awaitedFailed;
}

/** After an interrupt: how to come back. With `--quiet`, nobody has been told the id before. */
export function sayDetached(runId: string, out: Output): void {
  out.insist(`srunx: detached; the run goes on. \`srunx flow attach ${runId}\` follows it again.`);
}

/** Before the jobs were all handed over: what became of them is to be asked. */
export function sayInterrupted(runId: string, out: Output): void {
  const ways = `\`srunx flow status ${runId}\` shows it, and \`srunx flow attach ${runId}\` follows it`;
  out.insist(`srunx: interrupted while the run was handed over; ${ways}.`);
}
