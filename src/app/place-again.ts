import { RefusedError } from '../core/errors.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { inMount, type SentCode } from '../core/sync/sent-code.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import type { AppContext } from './app-context.ts';
import { mountsOf } from './choose-mount.ts';
import { type CodeChoice, choiceOf, type PlacedRun } from './place-workflow.ts';
import { isRemote } from './target-name.ts';

/**
 * Where a run takes place that goes by what was stored of a former one: in the same mounts. Throws where one of them is not what it was,
 * and would have to be synced.
 */
export function placeAgain(
  context: AppContext,
  { id, target, cwd, code }: Pick<RunDescription, 'id' | 'target' | 'cwd' | 'code'>,
  choice: CodeChoice,
): PlacedRun | undefined {
  if (code === undefined || !isRemote(target)) return undefined;
  const mounts = mountsOf(context, target).filter(({ mount }) => code.some((sent) => isThat(mount, sent)));
  const { syncs, isCopied } = choiceOf(context, choice);
  const gone = code.find((sent) => !mounts.some(({ mount }) => isThat(mount, sent)));
  if (gone !== undefined && syncs) {
    throw new RefusedError(
      `the code of run ${id} came from ${gone.local} to ${gone.remote}, and no mount of ${target} pairs them any more; nothing was submitted`,
      {
        code: 'run.mount_gone',
        hint: 'Add --no-sync to run what is there, or `srunx ssh mount add` to pair them again.',
      },
    );
  }
  return {
    ...(cwd === undefined ? { cwd } : { cwd: inMount(cwd, code) }),
    mounts: mounts.map((one) => ({ ...one, snapshot: isCopied(one) })),
    syncs,
  };
}

function isThat(mount: Pick<SentCode, 'local' | 'remote'>, { local, remote }: SentCode): boolean {
  return mount.local === local && normalizePath(mount.remote) === remote;
}
