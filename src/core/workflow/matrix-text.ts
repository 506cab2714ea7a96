import { quoteWords } from '../quote.ts';

/** The values of one job of a matrix in a line: `lr=0.1 model=a`. */
export function formatMatrix(matrix: Readonly<Record<string, string>>): string {
  return quoteWords(Object.entries(matrix).map(([key, text]) => `${key}=${text}`));
}
