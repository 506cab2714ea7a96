import type { SrunxError } from '../core/errors.ts';
import type { WantedFile } from './files-of-job.ts';

/**
 * `would_copy`: it is still to come. `exists`: another file is in its place. `skipped`: a link or a device, of which there can be no
 * copy.
 */
export type GetOutcome = 'would_copy' | 'copied' | 'unchanged' | 'exists' | 'missing' | 'failed' | 'skipped';

export interface GotFile {
  readonly job: string;
  readonly kind: WantedFile['kind'];
  readonly source: string;
  /** Absolute; `undefined` where there is nothing. */
  readonly path: string | undefined;
  readonly bytes: number;
  readonly outcome: GetOutcome;
  readonly message: string | undefined;
}

export interface GotFiles {
  /** Absolute. */
  readonly to: string;
  readonly files: readonly GotFile[];
  /** What could not be looked into. */
  readonly complaints: readonly string[];
  /** What ended it before its end. */
  readonly ended?: SrunxError | undefined;
}
