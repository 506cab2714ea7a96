/** One of a cluster's controllers, as `scontrol ping` sees it. */
export interface ControllerState {
  /** `primary`, `backup` … */
  readonly role: string;
  readonly host: string;
  readonly up: boolean;
}

/** `Slurmctld(primary) at login1 is UP`, one line for each. */
export function parsePing(text: string): ControllerState[] {
  return [...text.matchAll(/^Slurmctld\((\S+?)\) at (\S+) (?:is|are) (\S+)/gm)].map(
    ([, role = '', host = '', word = '']) => ({ role, host, up: word.toUpperCase() === 'UP' }),
  );
}

/** The head of `sdiag`, which the controller itself writes: `sdiag output at Mon Nov 23 21:56:42 2026 (1795471002)`. */
export function parseControllerClock(text: string): number | undefined {
  const [, seconds] = /^sdiag output at .*\((\d{1,15})\)/m.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}
