const tryMark = /\.t(\d+)$/;

/** The key to exactly-once of an attempt that srunx submits: the first has the job's own. */
export function tokenOfTry(token: string, number: number): string {
  return number === 1 ? firstToken(token) : `${firstToken(token)}.t${number}`;
}

export function firstToken(token: string): string {
  return token.replace(tryMark, '');
}
