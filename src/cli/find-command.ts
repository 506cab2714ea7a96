/** No command has more words: `ssh mount add`. */
const maxWords = 3;

/** The command at the beginning of a line; of two the one with more words, as `history show` before `history`. */
export function findCommand<Command extends { readonly name: string }>(
  commands: readonly Command[],
  words: readonly string[],
): Command | undefined {
  for (let count = Math.min(maxWords, words.length); count > 0; count -= 1) {
    const name = words.slice(0, count).join(' ');
    const found = commands.find((command) => command.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}
