import { type ConfiguredValue, formatConfigured, valuesOf } from '../core/config/configured-value.ts';
import { ConfigError, RefusedError, SubmissionError } from '../core/errors.ts';

/** What may be at fault, by the code of an error. */
const culprits: Readonly<Record<string, readonly string[]>> = {
  'slurm.submission_refused': ['resources', 'account', 'qos'],
  'work_dir.missing': ['work_dir'],
  'log.directory_unwritable': ['log_dir'],
};

/** A submission that failed may have failed for something that nobody typed: then its error says where that stands. */
export function tellConfigured(error: unknown, configured: readonly ConfiguredValue[]): unknown {
  const kinds = [SubmissionError, ConfigError, RefusedError] as const;
  for (const Kind of kinds) {
    if (!(error instanceof Kind)) continue;
    const parts = valuesOf(configured, culprits[error.code] ?? []);
    if (parts.length === 0) return error;
    const { message, code, detail = '', hint } = error;
    const told = `Not typed, but configured: ${parts.map(formatConfigured).join(', ')}.`;
    return new Kind(message, { code, detail, hint: [hint, told].filter(Boolean).join(' '), cause: error });
  }
  return error;
}
