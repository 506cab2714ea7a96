import { chooseMount } from '../../app/choose-mount.ts';
import { previewSync } from '../../app/preview-sync.ts';
import { pullMount } from '../../app/pull-mount.ts';
import { restoreBackup } from '../../app/restore-backup.ts';
import { pushMount } from '../../app/sync-mount.ts';
import { countOf } from '../../core/count-of.ts';
import { UsageError } from '../../core/errors.ts';
import { chosenProfile } from '../chosen-profile.ts';
import { collect, countOption } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { askFirst } from '../first-copy.ts';
import { addProfileArgument } from '../profile-argument.ts';
import { addRecordOptions, showRecord } from '../record.ts';
import { progressLine } from '../sync-progress.ts';
import { type SyncFacts, syncData, syncText } from '../sync-report.ts';
import { printable } from '../table.ts';

export const sshSync = defineCommand({
  name: 'ssh sync',
  summary: 'Send what has changed in a mount to the cluster, or bring it here',
  examples: ['srunx ssh sync', 'srunx ssh sync dgx --mount code --dry-run', 'srunx ssh sync --delete --max-delete 20'],
  configure(command) {
    addProfileArgument(command)
      .option('-m, --mount <name>', 'the mount; the one that you are in, or the only one, where none is named')
      .option('-e, --exclude <pattern>', 'leave this out, this time (may be repeated)', collect)
      .option('-n, --dry-run', 'show what would be done, and do nothing')
      .option('--pull', 'bring what has changed there, in place of sending')
      .option('--overwrite', 'with --pull: also in the place of files that are newer here')
      .option('--delete', 'remove what the other side has and this one has not; what is removed is kept beside')
      .option('--max-delete <count>', 'with --delete: remove up to so many entries, whatever they are')
      .option(
        '--restore [backup]',
        'bring back what --delete has removed: the last time, or as the backup of that name has it',
      )
      .option('--force-sync', 'also where somebody else has synced it last')
      .option('-y, --yes', 'do not ask before a large first copy');
    addRecordOptions(command);
  },
  async run(input, context) {
    const how = readHow(input);
    const name = input.options['mount'] as string | undefined;
    const chosen = chooseMount(context.app, chosenProfile(input, context), name);
    const { mount, profile } = chosen;
    const arrow = how.isPull ? '<-' : '->';
    context.out.note(
      `srunx: ${printable(`${mount.local} ${arrow} ${profile.name}:${mount.remote}`)} (mount ${mount.name})`,
    );
    if (how.restore !== undefined) return restore(how, { chosen, input, context });
    const facts = await sync(how, { chosen, input, context });
    for (const warning of facts.warnings) context.out.note(`srunx: warning: ${printable(warning)}`);
    const shown = { data: () => syncData(facts), text: () => syncText(facts) };
    await showRecord(shown, { options: input.options, context });
    return 0;
  },
});

type How = ReturnType<typeof readHow>;

function readHow({ options }: ParsedInput) {
  const has = (name: string) => options[name] === true;
  const how = {
    excludePatterns: (options['exclude'] ?? []) as readonly string[],
    isDry: has('dryRun'),
    isPull: has('pull'),
    isMirror: has('delete'),
    overwrite: has('overwrite'),
    maxDelete: countOption(options, 'maxDelete'),
    force: has('forceSync'),
    restore: options['restore'] as true | string | undefined,
  };
  if (how.restore !== undefined && (how.isMirror || how.isDry)) {
    throw new UsageError('--restore goes with --mount and --pull alone', {
      code: 'usage.option_conflict',
      hint: 'Bring back first, then sync.',
    });
  }
  if (how.maxDelete !== undefined && !how.isMirror) throw needs('--max-delete', '--delete');
  if (how.overwrite && !how.isPull) throw needs('--overwrite', '--pull');
  return how;
}

function needs(option: string, other: string): UsageError {
  return new UsageError(`${option} says nothing without ${other}`, {
    code: 'usage.option_conflict',
    hint: `Give both, or leave ${option} out.`,
  });
}

interface Where {
  readonly chosen: ReturnType<typeof chooseMount>;
  readonly input: ParsedInput;
  readonly context: CommandContext;
}

async function restore(how: How, { chosen, input, context }: Where): Promise<number> {
  const onWait = (holder: string) => context.out.note(`srunx: waiting for ${printable(holder)}`);
  const backup = how.restore === true ? undefined : how.restore;
  const { files, backupDir } = await restoreBackup(context.app, { ...chosen, isPull: how.isPull, backup, onWait });
  const data = () => ({
    profile: chosen.profile.name,
    mount: chosen.mount.name,
    files_restored: files,
    backup_dir: backupDir,
  });
  const text = () => printable(`${countOf(files, 'file')} brought back from ${backupDir}`);
  await showRecord({ data, text }, { options: input.options, context });
  return 0;
}

async function sync(how: How, { chosen, input, context }: Where): Promise<SyncFacts> {
  const { app, out } = context;
  const common = { ...chosen, ...how, isUnchanged: false, backupDir: undefined };
  if (how.isDry) {
    const preview = await previewSync(app, { ...chosen, ...how });
    const { transfers, deletions, deletionCount: deleted, bytes } = preview;
    return {
      ...common,
      transferred: transfers.length,
      bytes,
      deleted,
      transfers,
      deletions,
      warnings: preview.refusals,
    };
  }
  using progress = progressLine(context);
  const onWait = (holder: string) => out.note(`srunx: waiting for ${printable(holder)}`);
  const wish = { ...chosen, ...how, onWait, onProgress: progress.show };
  if (how.isPull) {
    const { result, deleted, backupDir } = await pullMount(app, wish);
    return { ...common, ...sizes(result), deleted, backupDir, warnings: result.warnings };
  }
  const isAsked = input.options['yes'] !== true;
  const pushed = await pushMount(app, {
    ...wish,
    onFirst: (first) => askFirst(first, { what: chosen, isAsked, context }),
  });
  const { isUnchanged, files, result, deleted, backupDir, warnings } = pushed;
  return { ...common, ...sizes(result), isUnchanged, files, deleted, backupDir, warnings };
}

function sizes(result: { readonly stats?: { readonly files: number; readonly bytes: number } } | undefined) {
  return { transferred: result?.stats?.files ?? 0, bytes: result?.stats?.bytes ?? 0 };
}
