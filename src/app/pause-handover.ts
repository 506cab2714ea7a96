import { isDeferred } from '../engine/next-window.ts';
import { handoversOf } from '../engine/run-description.ts';
import type { AppContext } from './app-context.ts';
import { controlJobs } from './control-jobs.ts';
import { holdAsUser, release } from './control-verbs.ts';
import type { SweepAtHand } from './sweep-at-hand.ts';

/**
 * Keeps the parts of a sweep back that are not handed over yet, or lets them go on: by a mark that the hand-over heeds, and by holding
 * the job that would start it. False where there are none.
 */
export async function pauseHandover(
  context: AppContext,
  { engine, row, target }: Pick<SweepAtHand, 'engine' | 'row' | 'target'>,
  way: 'hold' | 'release',
): Promise<boolean> {
  if (!isDeferred(engine.store, row)) return false;
  const directory = handoversOf(row).at(-1)?.directory ?? row.directory;
  const argv = ['sh', '-c', script, 'sh', directory, way] as const;
  const { stdout } = await context.shell(target).run({ argv: [...argv], signal: context.signal });
  const relays = new TextDecoder().decode(stdout).match(/\d+/g) ?? [];
  await controlJobs(context, { target, jobIds: relays.slice(-1), verb: way === 'hold' ? holdAsUser : release });
  return true;
}

/** Prints the ids of the relays, the newest last. */
const script = `cd "$1" || exit 1
if [ "$2" = hold ]; then (umask 077; : >>paused) || exit 1; else rm -f paused; fi
for file in $(ls relays 2>/dev/null | sort -n); do
  sed -n 's/^job //p' "relays/$file"
done`;
