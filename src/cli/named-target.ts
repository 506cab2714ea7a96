import type { TargetName } from '../app/app-context.ts';
import { targetOf } from './common-options.ts';
import type { CommandContext } from './define-command.ts';

/** The target that the user named; `undefined` where they left it open. */
export function namedTarget(context: CommandContext): TargetName | undefined {
  return context.app.selection().via === undefined ? undefined : targetOf(context);
}
