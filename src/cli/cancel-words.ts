import type { CancelResult } from '../app/cancel-jobs.ts';
import type { VerbWords } from './job-question.ts';
import type { ReportWords } from './job-report.ts';

/** How scancel speaks of what it does. */
export const cancelWords: VerbWords & ReportWords<CancelResult['outcome']> = {
  verb: 'cancel',
  past: 'cancelled',
  code: 'scancel.not_confirmed',
  isFailure: (outcome) => outcome === 'not_found' || outcome === 'denied' || outcome === 'failed',
  say({ outcome, state }) {
    switch (outcome) {
      case 'cancelled':
        return 'cancelled';
      case 'signalled':
        return `signalled${state === undefined ? '' : `, still ${state}`}`;
      case 'already_finished':
        return `already finished${state === undefined ? '' : ` (${state})`}`;
      case 'not_found':
        return 'not found';
      case 'denied':
        return 'permission denied';
      case 'failed':
        return 'failed';
    }
  },
};
