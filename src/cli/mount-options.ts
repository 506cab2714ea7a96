import type { Command } from 'commander';
import type { SavedMount } from '../app/save-mounts.ts';
import type { MountOptions } from '../core/remote/profile.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { noteOverruled } from './profile-options.ts';
import { printable } from './table.ts';

/** The names of a mount and of its profile, and how it is synced. */
export function addMountOptions(command: Command): Command {
  return command
    .argument('[profile]', 'the profile')
    .argument('[mount]', 'the name of the mount')
    .option('--profile <name>', 'the same as the first name by its place')
    .option('--mount <name>', 'the same as the second one')
    .option('-e, --exclude <pattern>', 'what stays here, as rsync has it; as often as needed', keep)
    .option('--gitignore', 'leave what .gitignore files name here, too')
    .option('--no-gitignore', 'send what .gitignore files name')
    .option('--snapshot', 'let jobs begin in a copy that later syncs do not change')
    .option('--no-snapshot', 'let jobs begin in the directory itself');
}

/** As it is: a pattern may have commas in it. `false`: `--no-exclude` stands before it. */
function keep(word: string, before: readonly string[] | false | undefined): readonly string[] {
  return [...(before === false ? [] : (before ?? [])), word];
}

export function flagsOf(options: ParsedInput['options']): Partial<MountOptions> {
  const given = (['snapshot', 'gitignore'] as const).filter((key) => options[key] !== undefined);
  return Object.fromEntries(given.map((key) => [key, options[key] === true]));
}

export function patternsOf(options: ParsedInput['options']): readonly string[] | undefined {
  return options['exclude'] as readonly string[] | undefined;
}

export function noteMount(saved: SavedMount, profile: string, { out }: Pick<CommandContext, 'out'>): void {
  const { name, local, remote } = saved.mount;
  out.note(`srunx: the mount ${printable(`${name} of ${profile} pairs ${local} with ${remote}`)}`);
  for (const warning of saved.warnings) out.note(`srunx: warning: ${printable(warning)}`);
  noteOverruled(saved, { out });
}
