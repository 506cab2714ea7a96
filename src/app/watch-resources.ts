import { ConnectionError, NotFoundError, TimeoutError, UsageError } from '../core/errors.ts';
import {
  type FreeResources,
  findAllResources,
  findFreeResources,
  type WantedResources,
} from '../core/slurm/free-resources.ts';
import type { Inventory } from '../core/slurm/node-info.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { listInventory } from './list-inventory.ts';
import { takeTurn } from './take-turn.ts';

export interface ResourceWatch {
  readonly target: TargetName;
  readonly partitions: readonly string[];
  readonly wanted: WantedResources;
  /** The resources must have been free for so long, at every look. */
  readonly holdSeconds?: number | undefined;
  readonly intervalSeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  /** Goes on after the resources were free, and tells every time that they are again. */
  readonly continuous: boolean;
  /** Told when the cluster does not answer. The watch goes on. */
  readonly onSilence?: ((message: string) => void) | undefined;
}

export interface ResourceChange extends FreeResources {
  /** Epoch ms of the look. */
  readonly at: number;
  /** `free`: what was waited for is there, and was for as long as was asked for. */
  readonly kind: 'seen' | 'free';
}

/** What everybody may do to a controller while nothing of his own happens; nobody minds on this machine. */
const usualSeconds = { slurm: 30, embedded: 1 };

/** Every change of what is free, one question per look, until it is what was waited for. */
export async function* watchResources(context: AppContext, watch: ResourceWatch): AsyncGenerator<ResourceChange> {
  const { target, wanted, holdSeconds = 0, timeoutSeconds = Number.POSITIVE_INFINITY } = watch;
  const { kind } = await context.cluster(target);
  const endsAt = context.monotonicNow() + timeoutSeconds * 1000;
  let freeSince: number | undefined;
  let told: string | undefined;
  let isTold = false;
  const look = createLook(context, watch);
  for (;;) {
    const found = await look(wanted);
    // An interrupt during the look: nobody is to be told of a success after that.
    context.signal.throwIfAborted();
    const now = context.monotonicNow();
    // What was not seen was not free.
    freeSince = found?.reached === true ? (freeSince ?? now) : undefined;
    isTold &&= freeSince !== undefined;
    const isHeld = freeSince !== undefined && now - freeSince >= holdSeconds * 1000;
    if (found !== undefined && isHeld && !isTold) {
      yield { ...found, kind: 'free', at: context.now() };
      if (!watch.continuous) return;
      isTold = true;
      told = JSON.stringify(found);
    } else if (found !== undefined && JSON.stringify(found) !== told) {
      yield { ...found, kind: 'seen', at: context.now() };
      told = JSON.stringify(found);
    }
    const heldMs = freeSince === undefined || isTold ? undefined : now - freeSince;
    const pauseMs = pauseBefore(context, { kind, watch, heldMs });
    await context.sleep(Math.min(pauseMs, requireTime(endsAt - now, watch)));
    await takeTurn(context, target);
  }
}

/** `undefined` where the cluster was silent. One that never answered is no silence, but a cluster that is not there. */
function createLook(
  context: AppContext,
  { target, partitions, onSilence }: ResourceWatch,
): (wanted: WantedResources) => Promise<FreeResources | undefined> {
  let hasAnswered = false;
  let isSilent = false;
  return async (wanted) => {
    try {
      const inventory = await listInventory(context, { target, partitions });
      if (!hasAnswered) requirePossible(inventory, { wanted, target });
      hasAnswered = true;
      isSilent = false;
      return findFreeResources(inventory, wanted);
    } catch (error) {
      if (!(error instanceof ConnectionError) || !hasAnswered) throw error;
      if (!isSilent) onSilence?.(error.message);
      isSilent = true;
      return undefined;
    }
  };
}

/** Nobody is to wait for ever for what the cluster does not have. */
function requirePossible(
  inventory: Inventory,
  { wanted, target }: { readonly wanted: WantedResources; readonly target: TargetName },
): void {
  const types = [...new Set(inventory.nodes.flatMap(({ gpus }) => gpus.map(({ type }) => type)))].filter(Boolean);
  const { gpuType } = wanted;
  if (gpuType !== undefined && !types.includes(gpuType)) {
    throw new NotFoundError(`${target} has no GPUs of the type \`${gpuType}\``, {
      code: 'gpu_type.not_found',
      hint:
        didYouMean(gpuType, types) ??
        (types.length === 0 ? 'Its GPUs have no types.' : `There are: ${types.join(', ')}.`),
    });
  }
  const all = findAllResources(inventory, wanted);
  if (all.reached) return;
  const where = wanted.nodes === undefined ? 'in all' : 'on one node';
  throw new UsageError(`${target} does not have so much, even with nobody else there`, {
    code: 'usage.unreachable',
    detail: `the most ${where}: ${all.gpus} GPUs, ${all.cpus} CPUs, ${all.memoryMb} MiB; nodes that would do: ${all.nodes.length}`,
    hint: 'Ask for less, or name other partitions.',
  });
}

interface Pause {
  readonly kind: 'slurm' | 'embedded';
  readonly watch: ResourceWatch;
  /** For how long it has been free, where that is not yet long enough. */
  readonly heldMs: number | undefined;
}

/** As asked for, else as usual and a little at random: those who began together must not ask together for ever. */
function pauseBefore(context: AppContext, { kind, watch, heldMs }: Pause): number {
  const [byte = 128] = context.randomBytes(1);
  const jitter = 1 + 0.15 * (byte / 127.5 - 1);
  const usualMs =
    watch.intervalSeconds === undefined ? usualSeconds[kind] * jitter * 1000 : watch.intervalSeconds * 1000;
  if (heldMs === undefined) return usualMs;
  // The last look of a hold is to be on time.
  return Math.min(usualMs, Math.max(100, (watch.holdSeconds ?? 0) * 1000 - heldMs));
}

function requireTime(leftMs: number, { timeoutSeconds }: ResourceWatch): number {
  if (leftMs > 0) return leftMs;
  throw new TimeoutError(`what was waited for was not free within ${timeoutSeconds} s`, {
    code: 'watch.timeout',
    hint: 'Wait longer, or ask for less; `srunx gpus` and `srunx sinfo -N` show what there is.',
  });
}
