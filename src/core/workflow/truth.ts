const trueWords = ['true', 'yes', 'on'];

/** Empty is how Jinja prints nothing, and `none` what Python calls it. */
const falseWords = ['false', 'no', 'off', 'none', 'null', ''];

/**
 * What a value says as an answer, in any case and whatever blanks are around it; 0 is no, every other number is yes. `undefined`
 * for any other text: `fast == full` would else be as true as any text.
 */
export function readTruth(value: boolean | number | string): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = String(value).trim().toLowerCase();
  if (trueWords.includes(word)) return true;
  if (falseWords.includes(word)) return false;
  const number = Number(word);
  return Number.isNaN(number) ? undefined : number !== 0;
}
