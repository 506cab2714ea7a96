import { formatHeld, heldName, parseHeld } from '../engine/held-file.ts';
import { readWholeFile } from '../engine/read-whole-file.ts';
import type { AppContext } from './app-context.ts';
import type { SweepAtHand } from './sweep-at-hand.ts';

/** Larger than that is no file of ours. */
const maxBytes = 4_000_000;

/** The names of the jobs of a sweep that srunx has held, as far as it is known. */
export async function readHeld(context: AppContext, { row, target }: SweepAtHand): Promise<ReadonlySet<string>> {
  const path = `${row.directory}/${heldName}`;
  const bytes = await readWholeFile(context.shell(target), { path, maxBytes, signal: context.signal });
  return bytes === undefined ? new Set() : parseHeld(new TextDecoder().decode(bytes));
}

/** To be called before they are held: whoever is killed in the middle leaves nothing held of which nobody knows why. */
export async function writeHeld(
  context: AppContext,
  { row, target }: SweepAtHand,
  names: Iterable<string>,
): Promise<void> {
  const file = { path: `${row.directory}/${heldName}`, content: formatHeld(names) };
  await context.shell(target).writeFiles([file], { signal: context.signal });
}
