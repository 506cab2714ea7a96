import { dirname, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { remoteMountOf, toLocal, toRemote } from '../core/sync/mount-path.ts';
import { inRoot, type SentCode } from '../core/sync/sent-code.ts';
import type { JobPlaces } from '../core/workflow/place-job.ts';
import { resolvePath } from '../sync/resolve-path.ts';
import { type AppContext, contextOn, type TargetName } from './app-context.ts';
import { type ChosenMount, mountAround, mountsOf } from './choose-mount.ts';
import { createFileFinder } from './find-files.ts';
import { loadConfig } from './load-config.ts';
import { copyFor } from './place-submission.ts';
import { readSyncSettings } from './sync-settings.ts';
import { isRemote } from './target-name.ts';
import type { CodeWish, PlacedCode, PlacedMount } from './with-code.ts';

/** As the command line says it; absent: as the configuration does. */
export interface CodeChoice {
  readonly syncs?: boolean | undefined;
  readonly snapshot?: boolean | undefined;
}

/** Where on the cluster the jobs of a workflow run, and the mounts that their code is in. */
export interface PlacedRun {
  /** In which they are submitted, as it is in the mount; absent: in the home there. */
  readonly cwd: string | undefined;
  /** In the order of the profile. */
  readonly mounts: readonly (ChosenMount & { readonly snapshot: boolean })[];
  readonly syncs: boolean;
}

/** What a workflow names of this machine, while it is planned: which mounts that needs is known at the end. */
export interface WorkflowPlaces {
  readonly jobs: JobPlaces;
  /** As in {@link PlacedRun}. */
  readonly cwd: string | undefined;
  /** Throws for a script that lies in no mount: nobody may choose, by a value of a matrix, any file that the account may read. */
  readonly requireScript: (path: string) => void;
  /** Whether a path of the cluster is there once the code is sent. */
  readonly isSent: (path: string) => boolean;
  readonly placed: () => PlacedRun;
}

/** How the code of a run is sent first. */
export interface Sending {
  readonly placed: PlacedRun | undefined;
  /** Absent: nothing is said, and nobody is asked. */
  readonly wish?: CodeWish | undefined;
}

type PlaceContext = Pick<AppContext, 'cwd' | 'env' | 'configDir'>;

export interface PlaceWish {
  readonly target: TargetName;
  /** The workflow file as it was named. */
  readonly file: string;
  readonly code?: CodeChoice | undefined;
}

/** `undefined`: nothing of this machine is sent to the target. */
export function placeWorkflow(
  context: PlaceContext,
  { target, file, code = {} }: PlaceWish,
): WorkflowPlaces | undefined {
  const mounts = isRemote(target) ? mountsOf(context, target) : [];
  if (mounts.length === 0) return undefined;
  const { cwd } = context;
  const ends = mounts.map(({ mount }) => mount);
  const touched = new Set<string>();
  const around = (path: string): ChosenMount | undefined => {
    const found = mountAround(mounts, path);
    if (found !== undefined) touched.add(found.mount.name);
    return found;
  };
  const translate = (path: string, find: typeof around): string | undefined => {
    const found = find(path);
    return found && toRemote(found.mount, resolvePath(path));
  };
  const isTouched = ({ mount }: ChosenMount) => touched.has(mount.name);
  const { syncs, isCopied } = choiceOf(context, code);
  const here = createFileFinder(context);
  const there = translate(cwd, around) ?? translate(dirname(resolve(cwd, file)), around);
  return {
    cwd: there,
    jobs: {
      directory: (path) => translate(path, around) ?? path,
      path: (path) => translate(path, (one) => mountAround(mounts, one)) ?? path,
      script: (path) => translate(resolve(cwd, path), around),
    },
    requireScript(path) {
      if (around(resolve(cwd, path)) === undefined) throw outsideOfMounts(path, target);
    },
    isSent(path) {
      const mount = syncs ? remoteMountOf(ends, path) : undefined;
      return mount !== undefined && touched.has(mount.name) && here.exists(toLocal(mount, path));
    },
    placed: () => ({
      ...{ cwd: there, syncs },
      mounts: mounts.filter(isTouched).map((one) => ({ ...one, snapshot: isCopied(one) })),
    }),
  };
}

/** A copy is of what is here: where that is not sent, there is none. */
export function choiceOf(
  context: PlaceContext,
  { syncs, snapshot }: CodeChoice,
): { readonly syncs: boolean; readonly isCopied: (mount: ChosenMount) => boolean } {
  const isSynced = syncs ?? readSyncSettings(loadConfig(context)).auto;
  return {
    syncs: isSynced || snapshot === true,
    isCopied: ({ mount }) => snapshot ?? (mount.snapshot && isSynced),
  };
}

function outsideOfMounts(path: string, target: TargetName): UsageError {
  return new UsageError(`the script ${path} is in no mount of ${target}`, {
    code: 'workflow.script_outside',
    hint: `Move it into one (\`srunx ssh mount list ${target}\`), or make one of its directory with \`srunx ssh mount add\`.`,
  });
}

interface SentRun {
  readonly target: TargetName;
  readonly sending?: Pick<Sending, 'placed'> | undefined;
  readonly sent: readonly SentCode[];
}

/** The same as if we were where the jobs of a run are submitted. */
export async function contextOfRun(context: AppContext, { target, sending, sent }: SentRun): Promise<AppContext> {
  const there = await contextOn(context, target);
  const cwd = sending?.placed?.cwd;
  return cwd === undefined ? there : { ...there, cwd: inRoot(cwd, sent) };
}

/** The mounts of a run whose id is known. */
export function codeOf(placed: PlacedRun | undefined, runId: string): PlacedCode | undefined {
  if (placed === undefined) return undefined;
  const rootOf = ({ mount, snapshot }: PlacedRun['mounts'][number]) =>
    snapshot ? copyFor(mount.remote, runId) : normalizePath(mount.remote);
  return {
    syncs: placed.syncs,
    mounts: placed.mounts.map((one): PlacedMount => ({ ...one, runId, root: rootOf(one) })),
  };
}

/** Whether a directory of the cluster is there once the code is sent. */
export function isSentDirectory({ mounts, syncs }: PlacedRun, path: string): boolean {
  const ends = mounts.map(({ mount }) => mount);
  const mount = syncs ? remoteMountOf(ends, path) : undefined;
  return mount !== undefined && createFileFinder({ cwd: '/' }).exists(`${toLocal(mount, path)}/`);
}

export const silentWish: CodeWish = {
  ...{ purpose: 'srunx', force: false },
  onFirst: async () => undefined,
  onWait: () => undefined,
  onSynced: () => undefined,
  onWarning: () => undefined,
};
