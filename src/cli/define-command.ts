import type { Command } from 'commander';
import type { AppContext } from '../app/app-context.ts';
import type { ColumnName, OptionDescription } from './describe-command.ts';
import type { Output } from './output.ts';
import type { Screen } from './screen.ts';

export interface CommandContext {
  readonly app: AppContext;
  readonly out: Output;
  /** Reads all of standard input; `undefined` where it is a terminal, at which somebody would have to type. */
  readonly readStdin: () => Promise<Uint8Array | undefined>;
  /** The whole command line that this command is part of. */
  readonly commands: readonly CommandEntry[];
  /** Asks a person; `undefined` where there is none (standard input is no terminal). */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** The same, for an answer that must not be seen: nothing of it appears on the screen. */
  readonly askHidden: (question: string) => Promise<string | undefined>;
  /** Takes the whole terminal; `undefined` where standard input or output is none. */
  readonly openScreen: (() => Screen) | undefined;
  /** Runs a command line of the user's with `sh -c`, at their terminal; returns its exit code. */
  readonly runCommand: (command: string, to: { readonly output: 'stdout' | 'stderr' }) => Promise<number>;
}

/** One row per command: all that help and start-up need, so that only the chosen command is loaded. */
export interface CommandEntry {
  /** As typed: `squeue`, `flow run`. */
  readonly name: string;
  readonly summary: string;
  /** Called by scripts of ours, not by people: help does not show it. */
  readonly hidden?: true;
  /** The first thing that it does is to ask the cluster. */
  readonly asks?: true;
  /** What it hands over runs where it was started. */
  readonly submits?: true;
  readonly load: () => Promise<CommandDefinition>;
}

/**
 * A command: its options, and what to do with them. `run` returns the exit code (0 when nothing is returned); errors are
 * thrown and become messages and exit codes at the one exit door.
 */
export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  /** Complete command lines, shown in the help and run by the tests of the documentation. */
  readonly examples: readonly string[];
  /** Declares arguments and options. No defaults on options: "not given" must stay visible. */
  configure(command: Command): void;
  /**
   * Reads the words itself, where they are not for commander to know: `configure` then is for the help alone. `undefined`: help
   * was asked for.
   */
  readonly parse?: (
    words: readonly string[],
    known: { readonly profiles: () => readonly string[] },
  ) => ParsedInput | undefined;
  /** Options that are taken besides the declared ones, for the reference and for completion. */
  readonly moreOptions?: readonly OptionDescription[];
  /** The columns that `-o` and `--sort` take, for completion. */
  readonly columns?: () => readonly ColumnName[];
  run(input: ParsedInput, context: CommandContext): Promise<number | undefined>;
}

export interface ParsedInput {
  /** Positional arguments in the order of their declaration; a variadic one is an array. */
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Only gives the object its type; modules do nothing when imported. */
export function defineCommand(definition: CommandDefinition): CommandDefinition {
  return definition;
}
