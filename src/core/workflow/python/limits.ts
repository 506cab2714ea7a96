import { exceed } from './python-error.ts';

/**
 * How much one `python:` value may do. Whatever is written, it ends within a tenth of a second and some megabytes; what people
 * write stays a hundred times below.
 */
export const limits = {
  /** Characters of the code itself. */
  codeLength: 20_000,
  /** One for each part of an expression and each item, and more for work on long texts and large numbers. */
  steps: 100_000,
  /** Characters of a text: more can be no argument of a command. */
  textLength: 128 * 1024,
  /** Items of a list and the like. */
  items: 20_000,
  intBits: 65_536,
  /** Python's own limit for turning them into text and back. */
  intDigits: 4_300,
  /** Of expressions in each other. */
  nesting: 100,
  /** Loops in one comprehension. */
  clauses: 20,
  /** Of lists and the like in each other. */
  valueDepth: 100,
  /** Of evaluation, generators that use each other included. */
  level: 300,
  formatWidth: 10_000,
} as const;

/** The work that is left. */
export interface Budget {
  steps: number;
}

export function spend(budget: Budget, steps: number): void {
  budget.steps -= steps;
  if (budget.steps < 0) exceed('it takes too much work: a loop is too long, or its data too large');
}

/** Before a text of this length is made. */
export function spendText(budget: Budget, length: number): void {
  if (length > limits.textLength) exceed(`a text has more than ${limits.textLength} characters`);
  spend(budget, length >> 5);
}

/** Before so many items are put together. */
export function spendItems(budget: Budget, count: number): void {
  if (count > limits.items) exceed(`there are more than ${limits.items} items in a list, a tuple, a set or a dict`);
  spend(budget, count);
}

/** The text, if it is not too long. */
export function joinTexts(budget: Budget, parts: readonly string[], separator = ''): string {
  const length = parts.reduce((sum, part) => sum + part.length + separator.length, 0);
  spendText(budget, length);
  return parts.join(separator);
}
