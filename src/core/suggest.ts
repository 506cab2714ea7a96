/**
 * The candidate that a mistyped word most likely meant, or `undefined` if none is close: at most one edit (insertion,
 * deletion, replacement, swap of neighbours) per three letters. Case, `-` and `_` do not count. Of equally close
 * candidates the first wins; where none is close, the first that begins with at least three letters of the word.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word);
  let limit = Math.max(1, Math.floor(wanted.length / 3));
  // A word as long as a page is no typing mistake, and comparing it would cost its length times every candidate's.
  if (wanted === '' || wanted.length > maxLength) return undefined;
  let best: string | undefined;
  let begun: string | undefined;
  for (const candidate of candidates) {
    const folded = fold(candidate);
    if (wanted.length >= 3 && folded.startsWith(wanted)) begun ??= candidate;
    if (Math.abs(folded.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, folded);
    if (distance > limit || distance >= Math.max(wanted.length, folded.length)) continue;
    best = candidate;
    limit = distance - 1;
  }
  return best ?? begun;
}

const maxLength = 64;

/** The hint for a mistyped word: `Did you mean \`gpus_per_node\`?`, or `undefined` if nothing is close. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const meant = nearest(word, candidates);
  return meant === undefined ? undefined : `Did you mean \`${meant}\`?`;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Optimal string alignment distance: like Levenshtein's, with the swap of two neighbours as one edit. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1));
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped && row > 1 && column > 1) cost = Math.min(cost, at(before, column - 2) + 1);
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return at(above, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
