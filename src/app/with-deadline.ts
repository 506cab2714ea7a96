import type { SrunxError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';

/** The same context, in which no pause lasts beyond the deadline: the first one behind it throws the error. */
export function withDeadline(
  context: AppContext,
  { seconds, error }: { readonly seconds: number; readonly error: () => SrunxError },
): AppContext {
  const end = context.monotonicNow() + seconds * 1000;
  return {
    ...context,
    async sleep(ms) {
      const leftMs = end - context.monotonicNow();
      if (leftMs > 0) await context.sleep(Math.min(ms, leftMs));
      if (context.monotonicNow() >= end) throw error();
    },
  };
}
