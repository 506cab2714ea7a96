import { cellWidth } from '../cell-width.ts';

/**
 * What to write so that a screen that shows `before` shows `after`: only lines that differ, each at its place, so that nothing
 * flickers. Without `before`, all of them on a clean screen: what was there when it had another size is not to be relied on.
 * Empty where nothing has changed.
 */
export function drawFrame(before: readonly string[] | undefined, after: readonly string[], columns: number): string {
  const lines = after.flatMap((line, index) => {
    if (before !== undefined && before[index] === line) return [];
    // Behind a line that is full the cursor still stands on its last character, which would be cleared.
    const clear = cellWidth(line) < columns ? '\x1b[K' : '';
    return [`\x1b[${index + 1};1H${line}${clear}`];
  });
  return `${before === undefined ? '\x1b[2J' : ''}${lines.join('')}`;
}
