import type { RunStatusView } from '../app/run-status-view.ts';
import { errorsJson } from './run-errors.ts';
import { sweepJson } from './sweep-report.ts';

interface StatusFacts {
  readonly errors: Parameters<typeof errorsJson>[0];
  /** Epoch ms. */
  readonly now: number;
}

/** The documented JSON of how a sweep stands. */
export function sweepStatusJson(run: RunStatusView, { errors, now }: StatusFacts): Record<string, unknown> {
  return { ...sweepJson(run, { now }), errors: errorsJson(errors) };
}
