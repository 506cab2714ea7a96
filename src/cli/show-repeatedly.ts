import type { TargetName } from '../app/app-context.ts';
import { takeTurn } from '../app/take-turn.ts';
import { ConnectionError } from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';
import type { Signs } from './signs.ts';

export interface Repetition {
  readonly target: TargetName;
  readonly seconds: number;
  /** Asks once more and says what is to be shown. */
  readonly lines: () => Promise<readonly string[]>;
}

/** A table that changes in place on a terminal; elsewhere one after another. A cluster that is silent ends nothing. */
export async function showRepeatedly(
  { target, seconds, lines: ask }: Repetition,
  { app, out }: CommandContext,
): Promise<never> {
  let lines: readonly string[] | undefined;
  for (;;) {
    let failure: string | undefined;
    try {
      lines = await ask();
    } catch (error) {
      if (!(error instanceof ConnectionError) || lines === undefined) throw error;
      failure = `(refresh failed: ${error.message})`;
    }
    if (out.terminal !== undefined)
      out.redraw(
        firstRows(failure === undefined ? lines : [...lines, failure], {
          room: out.terminal.rows - 1,
          signs: out.signs,
        }),
      );
    else if (failure === undefined) [...lines, ''].forEach(out.line);
    else out.note(`srunx: ${failure}`);
    await app.sleep(seconds * 1000);
    await takeTurn(app, target);
  }
}

/** The first lines of a long table, and how many more there are. */
export function firstRows(
  lines: readonly string[],
  { room, signs }: { readonly room: number; readonly signs: Signs },
): readonly string[] {
  if (lines.length <= room) return lines;
  const shown = Math.max(1, room - 1);
  return [...lines.slice(0, shown), `${signs.more} and ${lines.length - shown} more`];
}
