import { posix } from 'node:path';
import type { SbatchOption } from '../core/job/sbatch-options.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { besideOf } from '../core/sync/beside.ts';
import { mountOf, toRemote } from '../core/sync/mount-path.ts';
import { createRunId } from '../engine/run-id.ts';
import { resolvePath } from '../sync/resolve-path.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { mountAround, mountsOf } from './choose-mount.ts';
import { loadConfig } from './load-config.ts';
import { readSyncSettings } from './sync-settings.ts';
import { isRemote } from './target-name.ts';
import type { PlacedCode, PlacedMount } from './with-code.ts';

export interface PlaceRequest {
  readonly target: TargetName;
  /** The script as it was named; absent for what is made here. */
  readonly file?: string | undefined;
  /** As `--chdir` names it. */
  readonly chdir?: string | undefined;
  /** As the command line says it; absent: as the configuration does. */
  readonly syncs?: boolean | undefined;
  readonly snapshot?: boolean | undefined;
}

/** Where on the cluster a submission from a directory in a mount takes place. */
export interface PlacedSubmission extends PlacedMount {
  /** In which the submission takes place, there. */
  readonly cwd: string;
  /** The same in the mount itself. */
  readonly mountCwd: string;
  /** Path there of the user's own file, where it is submitted in place. */
  readonly script: string | undefined;
  readonly syncs: boolean;
  readonly warnings: readonly string[];
}

/** `undefined`: neither the script nor the current directory lies in a mount of the target. */
export function placeSubmission(context: AppContext, request: PlaceRequest): PlacedSubmission | undefined {
  const { target, file, chdir = '.', syncs, snapshot } = request;
  if (!isRemote(target)) return undefined;
  const mounts = mountsOf(context, target);
  const source = file === undefined ? undefined : resolvePath(posix.resolve(context.cwd, file));
  const ofScript = source === undefined ? undefined : mountAround(mounts, source);
  const ofDirectory = mountAround(mounts, context.cwd);
  const ofWork = mountAround(mounts, posix.resolve(context.cwd, chdir));
  const chosen = ofScript ?? ofWork ?? ofDirectory;
  if (chosen === undefined) return undefined;
  const { mount } = chosen;
  const runId = createRunId(context.randomBytes);
  const isSynced = syncs ?? readSyncSettings(loadConfig(context)).auto;
  // A copy is of what is here: where that is not sent, there is none.
  const isCopied = snapshot ?? (mount.snapshot && isSynced);
  const root = isCopied ? copyFor(mount.remote, runId) : normalizePath(mount.remote);
  const there = { local: mount.local, remote: root };
  // A script of one mount does not run in the directory of another.
  const isHere = ofDirectory?.mount.name === mount.name;
  const elsewhere = ofScript === undefined ? posix.resolve(context.cwd, chdir) : posix.dirname(source ?? '');
  const directory = isHere ? resolvePath(context.cwd) : resolvePath(elsewhere);
  const other = ofWork !== undefined && ofWork.mount.name !== mount.name ? ofWork.mount : undefined;
  return {
    ...chosen,
    ...{ runId, root, snapshot: isCopied },
    cwd: toRemote(there, directory),
    mountCwd: toRemote(mount, directory),
    script: ofScript === undefined || source === undefined ? undefined : toRemote(there, source),
    source: ofScript === undefined ? undefined : source,
    syncs: isSynced || isCopied,
    warnings:
      other === undefined ? [] : [`the job works in the mount ${other.name}, which is not synced: ${other.remote}`],
  };
}

/** The code of a single job lies in one mount. */
export function placedCode(placed: PlacedSubmission | undefined): PlacedCode | undefined {
  return placed && { mounts: [placed], syncs: placed.syncs };
}

/** Where the copy of a mount lies that is made for a run. */
export function copyFor(remote: string, runId: string): string {
  return `${besideOf(normalizePath(remote))}/runs/${runId}`;
}

/** Options that name a path, and whether that is of the code: with a copy, it is in there. */
const pathOptions: ReadonlyMap<string, boolean> = new Map([
  ['chdir', true],
  ['input', true],
  ['output', false],
  ['error', false],
]);

/** Full paths of this machine in a mount become those of the cluster. */
export function translateOptions(
  context: AppContext,
  {
    target,
    options,
    placed,
  }: {
    readonly target: TargetName;
    readonly options: readonly SbatchOption[];
    readonly placed: PlacedSubmission | undefined;
  },
): readonly SbatchOption[] {
  if (!isRemote(target) || !options.some(({ name }) => pathOptions.has(name))) return options;
  const mounts = mountsOf(context, target).map(({ mount }) => mount);
  return options.map((option) => {
    const isCode = pathOptions.get(option.name);
    if (isCode === undefined || option.value?.startsWith('/') !== true) return option;
    const path = resolvePath(option.value);
    const mount = mountOf(mounts, path);
    if (mount === undefined) return option;
    const isOfCopy = isCode && placed !== undefined && mount.name === placed.mount.name;
    return { ...option, value: toRemote(isOfCopy ? { local: mount.local, remote: placed.root } : mount, path) };
  });
}
