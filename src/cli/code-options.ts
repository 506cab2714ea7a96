import type { Command } from 'commander';
import type { TargetName } from '../app/app-context.ts';
import type { CodeChoice, PlacedRun, Sending } from '../app/place-workflow.ts';
import { isRemote } from '../app/target-name.ts';
import { UsageError } from '../core/errors.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { codeWish } from './submit-with-code.ts';
import { type SyncPart, syncPart } from './sync-preview.ts';
import { printable } from './table.ts';

/** How the code of a workflow gets to the cluster. */
export function addCodeOptions(command: Command): Command {
  return addSyncOptions(command)
    .option('--snapshot', 'over ssh: run in a copy of the code as it is now, whatever is synced later')
    .option('--no-snapshot', 'over ssh: run in the mounts themselves');
}

/** The same of what is added to a run, which has its copy or has none. */
export function addSyncOptions(command: Command): Command {
  return command
    .option('--sync', 'over ssh: send what has changed in the mounts first, whatever sync.auto says')
    .option('--no-sync', 'over ssh: run what is on the cluster now')
    .option('--force-sync', 'over ssh: also where somebody else has synced a mount last');
}

export function readCodeOptions(options: ParsedInput['options']): CodeChoice {
  const flag = (name: string) => (typeof options[name] === 'boolean' ? options[name] : undefined);
  const [syncs, snapshot] = [flag('sync'), flag('snapshot')];
  if (snapshot === true && syncs === false) {
    throw new UsageError('--snapshot and --no-sync contradict each other', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  return { syncs, snapshot };
}

interface SendingRequest {
  readonly placed: PlacedRun | undefined;
  readonly target: TargetName;
  readonly options: ParsedInput['options'];
  /** For those who find a mount locked: `srunx flow run`. */
  readonly purpose: string;
}

/** Throws where an option asks for what cannot be. */
export function sendingOf(
  { placed, target, options, purpose }: SendingRequest,
  context: CommandContext,
): Sending & Disposable {
  requireMounts({ placed, target, options }, context);
  const wish = codeWish({ force: options['forceSync'] === true, purpose }, context);
  return { placed, wish, [Symbol.dispose]: () => wish[Symbol.dispose]() };
}

function requireMounts(
  { placed, target, options }: Omit<SendingRequest, 'purpose'>,
  { app }: Pick<CommandContext, 'app'>,
): void {
  const asked = ['sync', 'snapshot', 'forceSync'].find((name) => options[name] === true);
  if (asked === undefined || (placed?.mounts.length ?? 0) > 0) return;
  throw nothingToSyncFor(asked === 'forceSync' ? 'force-sync' : asked, { target, cwd: app.cwd });
}

export function nothingToSyncFor(
  option: string,
  { target, cwd }: { readonly target: TargetName; readonly cwd: string },
): UsageError {
  const where = isRemote(target) ? `${cwd} is in no mount of ${target}` : `${target} is this machine`;
  return new UsageError(`--${option} has nothing to act on: ${where}`, {
    code: 'usage.no_mount',
    hint: isRemote(target)
      ? `\`srunx ssh mount list ${target}\` shows the mounts; \`srunx ssh mount add\` makes one.`
      : 'It is for profiles, whose clusters have another disk.',
  });
}

/** Where the jobs of a plan would run, and what would be sent first. Sends nothing, and takes no lock. */
export async function codePart(
  { placed, target }: Pick<SendingRequest, 'placed' | 'target'>,
  context: Pick<CommandContext, 'app'>,
): Promise<SyncPart | undefined> {
  if (placed === undefined) return undefined;
  const parts: SyncPart[] = [];
  for (const one of placed.mounts) {
    const part = await syncPart({ ...one, syncs: placed.syncs }, context);
    if (part !== undefined) parts.push(part);
  }
  const cwd = placed.cwd ?? (await context.app.placeOn(target)).cwd;
  const copied = placed.mounts.filter(({ snapshot }) => snapshot).map(({ mount }) => mount.name);
  const copies = copied.length === 0 ? [] : [`in a copy of: ${printable(copied.join(', '))}`];
  return {
    lines: [`runs in: ${printable(`${target}:${cwd}`)}`, ...copies, ...parts.flatMap(({ lines }) => lines)],
    data: { cwd, sync: parts.map(({ data }) => data) },
  };
}
