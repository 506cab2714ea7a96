import { chooseMount } from '../../app/choose-mount.ts';
import { type InspectedMount, inspectMount } from '../../app/inspect-mount.ts';
import { displayName } from '../../core/sync/rsync-names.ts';
import { chosenProfile } from '../chosen-profile.ts';
import { countOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addProfileArgument } from '../profile-argument.ts';
import { addRecordOptions, showRecord } from '../record.ts';
import { printable } from '../table.ts';

const mostPaths = 1_000;

export const sshInspect = defineCommand({
  name: 'ssh inspect',
  summary: 'Compare the two ends of a mount',
  examples: ['srunx ssh inspect', 'srunx ssh inspect dgx --mount code --json'],
  configure(command) {
    addProfileArgument(command)
      .option('-m, --mount <name>', 'the mount; the one that you are in, or the only one, where none is named')
      .option('--max-paths <count>', `name up to so many paths of each kind; ${mostPaths} where nothing is said`);
    addRecordOptions(command);
  },
  async run(input, context) {
    const { options } = input;
    const chosen = chooseMount(context.app, chosenProfile(input, context), options['mount'] as string | undefined);
    const { mount, profile } = chosen;
    const found = await inspectMount(context.app, chosen);
    const most = countOption(options, 'maxPaths') ?? mostPaths;
    const ends = { profile: profile.name, mount: mount.name, local: mount.local, remote: mount.remote };
    const data = () => ({ ...ends, ...dataOf(found, most) });
    const text = () =>
      [printable(`${mount.local} and ${profile.name}:${mount.remote}`), ...linesOf(found, most)].join('\n');
    await showRecord({ data, text }, { options, context });
    return 0;
  },
});

function dataOf({ transfers, candidates, candidateCount, stale, patterns }: InspectedMount, most: number) {
  const isLong = candidateCount > most;
  const isStaleLong = stale.known && stale.paths.length > most;
  return {
    files_would_transfer: transfers.length,
    mirror_delete_candidates: candidateCount,
    mirror_delete_candidate_paths: isLong ? [] : candidates,
    mirror_delete_candidate_paths_omitted: isLong,
    stale_uploads_known: stale.known,
    stale_uploads: stale.known ? stale.paths.length : null,
    stale_upload_paths: stale.known && !isStaleLong ? stale.paths : [],
    stale_upload_paths_omitted: isStaleLong,
    stale_uploads_unknown_reason: stale.known ? null : stale.reason,
    effective_exclude_patterns: patterns,
  };
}

function linesOf({ transfers, candidates, candidateCount, stale }: InspectedMount, most: number): readonly string[] {
  const list = (names: readonly string[]) => {
    const shown = names.slice(0, Math.min(most, mostShown)).map((name) => `    ${displayName(name)}`);
    return names.length > shown.length ? [...shown, `    ... and ${names.length - shown.length} more`] : shown;
  };
  return [
    `  to be sent: ${transfers.length}`,
    ...list(transfers),
    `  only there: ${candidateCount}`,
    ...list(candidates),
    stale.known
      ? `  of these sent once, and gone here: ${stale.paths.length}`
      : `  which of these were sent once, cannot be told: ${stale.reason}`,
    ...(stale.known ? list(stale.paths) : []),
  ];
}

const mostShown = 20;
