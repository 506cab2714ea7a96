import { buffer as readAll } from 'node:stream/consumers';
import type { TargetChoice } from '../app/choose-target.ts';
import { asksForJson, withImpliedJson } from '../cli/asks-for-json.ts';
import { commandTable } from '../cli/command-table.ts';
import type { CommandContext, CommandEntry, ParsedInput } from '../cli/define-command.ts';
import { createOutput, type OutputQuery } from '../cli/output.ts';
import { exitCodes, StorageError } from '../core/errors.ts';
import { runForeground } from '../shell/run-foreground.ts';
import { ask, askHidden } from './ask.ts';
import { createAppContext } from './create-app-context.ts';
import { screenOpener } from './open-screen.ts';
import { parseCommand } from './parse-command.ts';
import { reportError } from './report-error.ts';
import { changedVariables, requireUtf8, requireUtf8Directory } from './require-utf8.ts';
import { handleUnknownCommand } from './unknown-command.ts';

/** After an interrupt, a command has so long to say how to come back. */
const lastWordsMs = 100;

/** Runs one command line to its exit code: the only place where a command's outcome becomes one. */
export async function runCommandLine(argv: readonly string[], entry: CommandEntry | undefined): Promise<void> {
  const interrupt = new AbortController();
  const how: Conduct = { json: argv.includes('--json'), outcome: undefined };
  const onSignal = (name: NodeJS.Signals) => {
    // Twice: whoever asks again does not want any last words.
    if (interrupt.signal.aborted) process.exit(how.outcome ?? codeOfSignal(name));
    interrupt.abort(name);
  };
  // Until the very end of the process, which is some milliseconds after the last word.
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  ignoreClosedPipes();
  const fail = (error: unknown) => reportError(error, { interrupted: interrupt.signal.reason, json: how.json });
  process.on('uncaughtException', (error) => process.exit(fail(error)));
  try {
    process.exitCode = await Promise.race([
      run(argv, { entry, how, signal: interrupt.signal }),
      interrupted(interrupt.signal),
    ]);
  } catch (error) {
    // An interrupt that comes after the outcome was told changes nothing about it.
    process.exitCode = interrupt.signal.aborted ? (how.outcome ?? fail(error)) : fail(error);
  }
  // An interrupted wait may still hold a timer or a child: nothing may keep the user waiting.
  if (!interrupt.signal.aborted) await flushed();
  // Not left to Node, which takes our signal handlers down milliseconds before a process that ends by itself is gone:
  // a signal would then end it with another code than the outcome that was told.
  process.exit();
}

/** All that was written has been taken, by a slow reader too. */
async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
}

function codeOfSignal(name: unknown): number {
  return name === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
}

/** A reader that has seen enough (`| head`) is no error. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.success);
      const failure = new StorageError('what srunx had to say could not be written', {
        code: 'output.unwritable',
        detail: error.message,
        hint: 'Look where standard output goes. What was submitted goes on; `srunx flow list` and `srunx squeue` show it.',
      });
      process.exit(
        stream === process.stderr ? failure.exitCode : reportError(failure, { interrupted: undefined, json: false }),
      );
    });
  }
}

/** Never settles without an interrupt; with one, shortly after it. */
function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => setTimeout(reject, lastWordsMs, signal.reason), { once: true });
  });
}

/** What becomes known of a command line on the way. */
interface Conduct {
  /** Corrected once the command line is understood: the words of a script are not ours. */
  json: boolean;
  /** The exit code, once the command itself is over. */
  outcome: number | undefined;
}

interface RunOptions {
  readonly entry: CommandEntry | undefined;
  readonly how: Conduct;
  readonly signal: AbortSignal;
}

async function run(argv: readonly string[], { entry, how, signal }: RunOptions): Promise<number> {
  requireUtf8(process.argv.slice(2));
  if (entry === undefined) return handleUnknownCommand(argv);
  const submits = entry.submits === true;
  if (submits) requireUtf8Directory(process.cwd());
  let choice: TargetChoice = {};
  await using app = createAppContext(signal, { argv, choice: () => choice });
  if (entry.asks === true && !asksNobody(argv)) app.warmUp(guessChoice(argv));
  const definition = await entry.load();
  const given = parseCommand(definition, argv.slice(definition.name.split(' ').length), { profiles: app.profileNames });
  if (given === undefined) return exitCodes.success;
  how.json = asksForJson(given.options);
  const query = await queryOf(given.options);
  const parsed = { ...given, options: withImpliedJson(given.options) };
  choice = choiceOf(parsed.options);
  const out = createOutput(
    { stdout: process.stdout, stderr: process.stderr, env: process.env },
    { json: asksForJson(parsed.options), quiet: parsed.options['quiet'] === true, query },
  );
  for (const name of submits ? changedVariables(process.env) : [])
    out.note(`srunx: the variable ${name} is not UTF-8 text: jobs get it with U+FFFD in it`);
  const runCommand: CommandContext['runCommand'] = (command, { output }) =>
    runForeground({ argv: ['sh', '-c', command], env: app.env, cwd: app.cwd, output, signal });
  const context: CommandContext = {
    app,
    out,
    readStdin,
    ask,
    askHidden,
    openScreen: screenOpener(),
    runCommand,
    commands: commandTable,
  };
  const code = (await definition.run(parsed, context)) ?? exitCodes.success;
  how.outcome = signal.aborted ? codeOfSignal(signal.reason) : code;
  return how.outcome;
}

/** Help, or a look at a file alone. */
function asksNobody(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('--validate') || (argv.length === 2 && argv[1] === '-h');
}

/** Before the words are understood: a wrong guess costs a connection that nobody uses. */
function guessChoice(argv: readonly string[]): TargetChoice {
  const given = argv.flatMap((word, index) => {
    if (word === '--profile') return argv[index + 1] ?? [];
    return word.startsWith('--profile=') ? word.slice('--profile='.length) : [];
  });
  // `srunx ssh sync NAME`: these name it as a word of their own.
  const [group, , word = '-'] = argv;
  if (group === 'ssh' && given.length === 0 && !word.startsWith('-')) given.push(word);
  // Several are no target's name.
  const profile = given.length === 0 ? undefined : given.join(',');
  return { profile, local: argv.includes('--local'), embedded: argv.includes('--embedded') };
}

/** Not every option of that name is one: those of a command that knows it are read by their kind. */
function choiceOf({ local, embedded, profile }: ParsedInput['options']): TargetChoice {
  return {
    local: local === true,
    embedded: embedded === true,
    profile: profile === undefined ? undefined : [profile].flat().join(','),
  };
}

/** Read before the command does anything: a wrong expression is refused before any cluster is asked. */
async function queryOf({ query }: ParsedInput['options']): Promise<OutputQuery | undefined> {
  if (query === undefined) return undefined;
  const { readQuery } = await import('../cli/read-query.ts');
  return readQuery(String(query));
}

async function readStdin(): Promise<Uint8Array | undefined> {
  return process.stdin.isTTY ? undefined : readAll(process.stdin);
}
