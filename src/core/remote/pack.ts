import { quoteWords } from '../quote.ts';
import { type Frame, variableLines } from './frame.ts';

/**
 * A script that runs several commands at the same time and gives their answers one after another, each followed by
 *
 *     a newline, the mark, a space, its exit code, a newline, what it wrote on standard error, a newline, the mark, a newline
 *
 * Without a file: an answer waits in a pipe until those before it are through.
 */
export function renderPack(mark: string, commands: readonly Pick<Frame, 'argv' | 'env'>[]): string {
  const bodies = commands.map(({ argv, env }, index) =>
    [`srunx_ask_${index}() {`, ...variableLines(env), `exec ${quoteWords(argv)}`, '}'].join('\n'),
  );
  const answers = commands
    .map((_, index) => `srunx_answer srunx_ask_${index} </dev/null`)
    .reduce((before, answer) => `${answer} | {\n${before}\ncat\n}`);
  return [answerFunction(mark), ...bodies, answers].join('\n');
}

/** Gives the answer of a function, in the same form. */
export const answerFunction = (mark: string) => `srunx_answer() {
  { srunx_words=$("$1" 2>&1 >&3 3>&-); } 3>&1
  printf '\\n%s %s\\n%s\\n%s\\n' ${mark} "$?" "$srunx_words" ${mark}
}`;
