/**
 * The words of a line up to the cursor, as a shell would split it; the last one is under the cursor, perhaps empty.
 * Quotes and backslashes are undone, and a quote that is still open is not closed.
 */
export function lineWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, space, single, double, escaped, plain] of line.matchAll(
    /(\s+)|'([^']*)(?:'|$)|"((?:[^"\\]|\\.)*)(?:"|$)|\\(.?)|([^\s'"\\]+)/gs,
  )) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (single ?? double?.replaceAll(/\\(.)/gs, '$1') ?? escaped ?? plain ?? '');
  }
  return [...words, word ?? ''];
}
