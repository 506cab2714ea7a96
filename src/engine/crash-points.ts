import process from 'node:process';

/**
 * Moments between two lasting effects: of a process that ends there, the next one must find all that it needs. Tests end it at each of
 * them (see `test/chaos/crash-points.test.ts`), so a new one belongs into this list.
 */
export const crashPoints = [
  // Handing over: the record, the plan directory, the submissions, what is known of them.
  'run-recorded',
  'plan-written',
  'handover-started',
  'handover-answered',
  'handover-recorded',
  // Looking.
  'look-taken',
  'look-recorded',
  // Going on with what another process has left.
  'recovery-inspected',
  'recovery-resumed',
  // Cancelling: a hand-over is kept from going on, and what it has submitted is ended.
  'withdrawal-marked',
  'cancel-marked',
  'cancel-sent',
  // Driving: an attempt that srunx submits, and what waits for it.
  'try-chosen',
  'try-submitted',
  'children-directed',
  'try-recorded',
  'children-released',
] as const;

/**
 * The same for sweeps: what is to be held is written down, and then held; limits are changed one after the other, and cells are ended
 * array by array.
 */
export const sweepCrashPoints = [
  'end-held',
  'cells-stopped',
  'cells-held',
  'pause-noted',
  'resume-sent',
  'limit-sent',
] as const;

export type CrashPoint = (typeof crashPoints)[number] | (typeof sweepCrashPoints)[number];

/** Ends this process, as a power cut would, when it gets to the point of this name. */
export function crashAt(name: string): (point: CrashPoint) => void {
  return (point) => {
    if (point === name) process.kill(process.pid, 'SIGKILL');
  };
}
