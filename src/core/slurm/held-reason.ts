/** Who keeps a job from starting: the user is anybody who is no administrator, and Slurm itself where its owner may release it. */
export type Holder = 'user' | 'admin';

const holders: ReadonlyMap<string, Holder> = new Map([
  ['JobHeldUser', 'user'],
  ['JobHeldAdmin', 'admin'],
  ['JobHoldMaxRequeue', 'user'],
  ['job requeued in held state', 'user'],
  ['launch failed requeued held', 'user'],
]);

/** By the reason for which one job waits. */
export function heldReason(reason: string | undefined): Holder | undefined {
  return reason === undefined ? undefined : holders.get(reason);
}

/** Of a row that stands for several tasks of an array, by the reasons for which they wait: whether all are held, some, or none. */
export function heldPart(reason = ''): 'all' | 'some' | 'none' {
  const words = reason.split(',');
  const held = words.filter((word) => heldReason(word) !== undefined);
  return held.length === 0 ? 'none' : held.length === words.length ? 'all' : 'some';
}
