/**
 * Where each task of an array is a job to us, it has a token of its own: that of the array with its index, which is also what its
 * wrapper calls its receipt.
 */
export function tokenOfTask(array: string, index: number | string): string {
  return `${array}.${index}`;
}

/** Of the submission: the token itself, where it is not that of a task. */
export function arrayOfTask(token: string): string {
  return token.replace(/\.\d+$/, '');
}

/** The index of the task, where it is one. */
export function indexOfTask(token: string): string | undefined {
  return /\.(\d+)$/.exec(token)?.[1];
}
