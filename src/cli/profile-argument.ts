import type { Command } from 'commander';

/** The profile that a command is about: by its place or by its option, else the one in use. */
export function addProfileArgument(command: Command): Command {
  return command
    .argument('[profile]', 'the profile; the one in use where none is named')
    .option('--profile <name>', 'the same as an option')
    .option('-q, --quiet', 'no remarks on standard error');
}

/** For a command whose arguments are something else. */
export function addProfileOption(command: Command): Command {
  return command
    .option('--profile <name>', 'the profile; the one in use where none is named')
    .option('-q, --quiet', 'no remarks on standard error');
}
