import type { RunRow } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import { knownTarget } from './refresh-runs.ts';

type Place = Pick<RunRow, 'directory' | 'target'>;

/** Beside the plan, so that whoever follows the sweep after us knows that its end was wanted. */
const fileOf = ({ directory }: Place) => `${directory}/cancel-requested`;

export async function markCancelled(context: AppContext, place: Place, at: number): Promise<void> {
  const target = knownTarget(context, place);
  if (target === undefined) return;
  await context.shell(target).writeFiles([{ path: fileOf(place), content: `${at}\n` }], { signal: context.signal });
}

/** When somebody wanted the sweep to end, in epoch milliseconds. */
export async function cancelledAt(context: AppContext, place: Place): Promise<number | undefined> {
  const target = knownTarget(context, place);
  if (target === undefined) return undefined;
  const chunk = await context.shell(target).readFile({ path: fileOf(place), signal: context.signal });
  const at = chunk === undefined ? Number.NaN : Number.parseInt(new TextDecoder().decode(chunk.bytes), 10);
  return Number.isNaN(at) ? undefined : at;
}
