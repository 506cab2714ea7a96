/**
 * Waits for what was begun in one turn, until all of it has ended. Of several failures that of the first one is thrown, whichever came first:
 * it is the nearer cause.
 */
export async function inOneTurn<const Values extends readonly unknown[]>(
  work: {
    readonly [Key in keyof Values]: Promise<Values[Key]> | Values[Key];
  },
): Promise<Values> {
  const ended = await Promise.allSettled(work);
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return ended.map((one) => (one.status === 'fulfilled' ? one.value : undefined)) as unknown as Values;
}
