import { quoteWord, quoteWords, requireVariableName } from '../quote.ts';
import { loginFile } from './preamble.ts';

/**
 * Commands over one shell that stays open at the other end, one after another. What it is sent:
 *
 *     the text of a frame   runs the command in the background, in a session of its own
 *     an empty line         the result was read, the next frame may follow
 *     the end of the input  also that of a connection that is gone: the command is ended, and the shell with it
 *
 * What it answers, on each of its two streams: a mark, what the command wrote, and the mark again; on standard output the last one is
 * followed by how the command ended. Whatever stands outside of marks is noise of the login.
 */
export interface Frame {
  /** Random: nothing that a command writes has it. */
  readonly mark: string;
  readonly argv: readonly [string, ...string[]];
  /** As base64; absent: the command reads nothing. */
  readonly stdin?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  /** With all of the login environment, also the functions that only bash knows. */
  readonly login?: boolean | undefined;
}

/** What stands on standard error where there is no such directory. */
export function missingDirectoryLine(mark: string): string {
  // Not the mark itself, which is the end.
  return `no directory ${mark.split('').toReversed().join('')}`;
}

/** The end of a text within a frame; base64 has no `_`, and the other text is quoted. */
const endOfInput = 'SRUNX_END_OF_INPUT';

/** Ends in a newline. */
export function renderFrame({ mark, argv, stdin, env, cwd, login = false }: Frame): string {
  const enter =
    cwd === undefined
      ? []
      : [`cd -- ${quoteWord(cwd)} 2>/dev/null || { echo '${missingDirectoryLine(mark)}' >&2; exit 1; }`];
  const body = [
    ...(login ? [`if [ -n "$BASH_VERSION" ] && [ -O ${loginFile} ]; then . ${loginFile}; fi`] : []),
    ...[...variableLines(env), ...enter, `exec ${quoteWords(argv)} 8<&-`],
  ];
  const endOfText = `SRUNX_END_${mark}`;
  // The shell that is started for it reads its text itself, unless that has to be bash.
  const interpreter = login ? '"exec $(command -v bash || echo sh)"' : '.';
  // The text of the command stands in a file of its own, so that it may be long.
  const run = `srunx_run ${mark} ${interpreter} 8<<'${endOfText}'`;
  const start =
    stdin === undefined
      ? [`${run} </dev/null &`]
      : [`base64 -d <<'${endOfInput}' | ${run} &`, ...(stdin.match(/.{1,65536}/g) ?? []), endOfInput];
  return [
    ...(login ? ['srunx_refresh'] : []),
    `srunx_begin ${mark}`,
    ...start,
    ...body,
    endOfText,
    'srunx_wait',
    '',
  ].join('\n');
}

/** For the variables that a command has, and has not. */
export function variableLines(env: Frame['env'] = {}): readonly string[] {
  const names = Object.keys(env);
  for (const name of names) requireVariableName(name);
  const absent = names.filter((name) => env[name] === undefined);
  const words = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${quoteWord(value)}`,
  );
  return [
    ...(absent.length === 0 ? [] : [`unset ${absent.join(' ')}`]),
    ...(words.length === 0 ? [] : [`export ${words.join(' ')}`]),
  ];
}

/** Answered at once, like a frame whose command did nothing. No line follows. */
export function renderPing(mark: string): string {
  return `srunx_begin ${mark}; echo '${mark} 0'; echo ${mark} >&2\n`;
}

export type CommandEnd = { readonly exitCode: number } | { readonly signal: number };

/** From the number behind the last mark: an exit code times 256; of a signal, what the awk of that machine makes of it. */
export function parseEnd(text: string): CommandEnd {
  const value = Number(text);
  if (value % 256 !== 0) return { signal: value & 127 };
  const code = value / 256;
  return code > 255 ? { signal: code & 127 } : { exitCode: code };
}
