import { Command } from 'commander';
import type { CommandDefinition } from './define-command.ts';

/** All that a command's help says, as data: for the reference, the manual pages and completion. */
export interface CommandDescription {
  readonly name: string;
  readonly summary: string;
  /** Complete lines: `srunx tail [options] <job-id>`. */
  readonly usage: readonly string[];
  readonly args: readonly ArgumentDescription[];
  readonly options: readonly OptionDescription[];
  readonly examples: readonly string[];
  /** Of what it lists; empty for a command that lists nothing. */
  readonly columns: readonly ColumnName[];
}

export interface ColumnName {
  readonly key: string;
  readonly title: string;
}

export interface ArgumentDescription {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic: boolean;
}

export interface OptionDescription {
  /** `-p`, where there is one. */
  readonly short: string | undefined;
  /** `--partition`. */
  readonly long: string;
  /** What stands for the value, such as `names`; `undefined` for a flag. */
  readonly value: string | undefined;
  /** The same where it may be left out: such an option completes as a flag. */
  readonly optional?: string | undefined;
  readonly description: string;
}

export function describeCommand(definition: CommandDefinition): CommandDescription {
  const { name, summary, examples, moreOptions = [] } = definition;
  const command = new Command(name);
  definition.configure(command);
  const own = command.options.map(({ short, long, flags, description }) => ({
    short,
    long: long ?? '',
    value: /<(.+)>$/.exec(flags)?.[1],
    optional: /\[(.+)\]$/.exec(flags)?.[1],
    description,
  }));
  const known = new Set(own.flatMap(({ short, long }) => [short, long]));
  const more = moreOptions
    .filter(({ long }) => !known.has(long))
    .map((option) => (known.has(option.short) ? { ...option, short: undefined } : option));
  const help = known.has('--help') ? [] : [helpOption];
  return {
    ...{ name, summary, examples },
    usage: `srunx ${name} ${command.usage()}`.split('\n').map((line) => line.trim()),
    args: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      required: argument.required,
      variadic: argument.variadic,
    })),
    options: [...own, ...more, ...help],
    columns: definition.columns?.() ?? [],
  };
}

const helpOption: OptionDescription = { short: '-h', long: '--help', value: undefined, description: 'this text' };
