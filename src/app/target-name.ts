import { reservedNames } from '../core/remote/check-profile.ts';

/** `local`, `embedded`, or the name of a profile: an account behind ssh. */
export type TargetName = string;

/** Whether its jobs are submitted on another machine than this one. */
export function isRemote(target: TargetName): boolean {
  return !reservedNames.includes(target);
}
