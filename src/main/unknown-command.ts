import { visibleCommands } from '../cli/command-table.ts';
import { foldHelp } from '../cli/fold-help.ts';
import { groupHelp, rootHelp } from '../cli/root-help.ts';
import { exitCodes, UsageError } from '../core/errors.ts';
import { nearest } from '../core/suggest.ts';
import { version } from './version.ts';

/** Words of the reference that are no commands here, and what took their place. */
const successors: Readonly<Record<string, string>> = {
  submit: 'sbatch',
  status: 'squeue',
  list: 'squeue',
  cancel: 'scancel',
  logs: 'tail',
  monitor: 'watch jobs',
};

/** No command, half a command, or a word that is none. Answers a request for help; otherwise throws. */
export function handleUnknownCommand(argv: readonly string[]): number {
  const [first] = argv;
  if (first === undefined) {
    throw new UsageError('no command was given', {
      code: 'usage.no_command',
      detail: foldHelp(rootHelp(version).trimEnd(), process.stderr.columns),
      hint: '`srunx COMMAND --help` explains a command.',
    });
  }
  // `srunx ssh mount` is a group within a group.
  const inner = argv.slice(0, 2).join(' ');
  const name = argv.length > 1 && groupHelp(inner) !== undefined ? inner : first;
  const group = groupHelp(name);
  if (group !== undefined) {
    const second = argv[name.split(' ').length];
    if (second === '--help' || second === '-h') {
      process.stdout.write(foldHelp(group, process.stdout.columns));
      return exitCodes.success;
    }
    throw unknownInGroup({ first: name, second, group });
  }
  throw new UsageError(`there is no command \`${first}\``, { code: 'usage.unknown_command', hint: hintFor(first) });
}

function hintFor(word: string): string {
  if (word.startsWith('-')) return 'Options stand behind the command: `srunx COMMAND OPTIONS`.';
  const names = visibleCommands.map(({ name }) => name);
  const near = Object.hasOwn(successors, word) ? successors[word] : nearest(word, names);
  return near === undefined ? '`srunx --help` lists the commands.' : `Did you mean \`srunx ${near}\`?`;
}

/** `srunx flow rnu`, or half a command. */
export function unknownInGroup({
  first,
  second,
  group,
}: {
  readonly first: string;
  readonly second: string | undefined;
  readonly group: string;
}): UsageError {
  const words = visibleCommands.flatMap(({ name }) =>
    name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : [],
  );
  const near = second === undefined ? undefined : nearest(second, words);
  return new UsageError(
    second === undefined
      ? `\`srunx ${first}\` needs a ${first.includes(' ') ? 'third' : 'second'} word`
      : `there is no command \`${first} ${second}\``,
    {
      code: second === undefined ? 'usage.no_command' : 'usage.unknown_command',
      detail: foldHelp(group.trimEnd(), process.stderr.columns),
      hint:
        near === undefined
          ? `\`srunx ${first} --help\` lists its commands.`
          : `Did you mean \`srunx ${first} ${near}\`?`,
    },
  );
}
