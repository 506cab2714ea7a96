/** Words that Python keeps for what is not available here, and what to call it. */
const refused: ReadonlyMap<string, string> = new Map([
  ['lambda', '`lambda`'],
  ['await', '`await`'],
  ['yield', '`yield`'],
  ['import', '`import`'],
  ['from', '`import`'],
  ['def', 'a function (`def`)'],
  ['class', 'a class (`class`)'],
  ['for', 'a loop (`for`)'],
  ['while', 'a loop (`while`)'],
  ['if', 'a statement that begins with `if`'],
  ['with', '`with`'],
  ['try', '`try`'],
  ['return', '`return`'],
  ['raise', '`raise`'],
  ['assert', '`assert`'],
  ['del', '`del`'],
  ['global', '`global`'],
  ['nonlocal', '`nonlocal`'],
  ['pass', '`pass`'],
  ['break', '`break`'],
  ['continue', '`continue`'],
  ['async', '`async`'],
]);

const operators: ReadonlySet<string> = new Set([
  'and',
  'as',
  'elif',
  'else',
  'except',
  'finally',
  'in',
  'is',
  'not',
  'or',
]);

/** In an expression; `for` and `if` belong to other expressions, and are out of place where a value is expected. */
export const keywords = {
  get: (word: string): string | undefined => (word === 'for' || word === 'if' ? undefined : refused.get(word)),
  isOperator: (word: string): boolean => operators.has(word) || word === 'for' || word === 'if',
  /** At the beginning of a statement. */
  statement: (word: string): string | undefined => refused.get(word),
};

const hints: Readonly<Record<string, string>> = {
  lambda: 'Use a comprehension, such as `[x * 2 for x in values]`.',
  import: '`math` and `datetime` are there without it, and nothing else is.',
  from: '`math` and `datetime` are there without it, and nothing else is.',
  for: 'Use a comprehension, such as `[x * 2 for x in values]`.',
  while: 'Use a comprehension, such as `[x * 2 for x in values]`.',
  if: 'Write `a if condition else b`.',
  def: 'Give the steps names: `half = lr / 2`.',
  return: 'Assign to `result`.',
};

/** What to write instead. */
export function hintFor(word: string): string | undefined {
  return Object.hasOwn(hints, word) ? hints[word] : undefined;
}
