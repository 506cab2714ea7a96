import { BugError, exitCodes, SrunxError } from '../core/errors.ts';

export interface ReportOptions {
  /** The signal that interrupted us, if one did. */
  readonly interrupted: unknown;
  readonly json: boolean;
}

/** Writes an error for people (or as JSON) to standard error and says with which code to exit. */
export function reportError(error: unknown, { interrupted, json }: ReportOptions): number {
  if (interrupted === 'SIGINT') return exitCodes.interrupted;
  if (interrupted === 'SIGTERM') return exitCodes.terminated;
  const known = error instanceof SrunxError ? error : bug(error);
  process.stderr.write(json ? `${JSON.stringify({ error: errorJson(known) })}\n` : formatError(known));
  const debug = process.env['SRUNX_DEBUG'];
  if (debug !== undefined && debug !== '' && debug !== '0')
    process.stderr.write(`${known.stack}\n${String(known.cause ?? '')}\n`);
  return known.exitCode;
}

/** What happened; the other program's own words; the next step. Control characters never reach a terminal. */
export function formatError(error: SrunxError): string {
  const hint = error.hint === undefined ? [] : [`hint: ${error.hint}`];
  const detail = error.detail === undefined || error.detail === '' ? [] : [error.detail];
  const lines = [`srunx: error[${error.code}]: ${error.message}`, ...detail, ...hint];
  return `${lines.join('\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?')}\n`;
}

function errorJson(error: SrunxError): Record<string, unknown> {
  const { code, kind, message, detail = null, hint = null, exitCode: exit } = error;
  return { code, kind, message, detail, hint, exit };
}

function bug(error: unknown): BugError {
  const message = error instanceof Error ? error.message : String(error);
  return new BugError(`srunx has a defect: ${message}`, {
    code: 'bug.unexpected',
    hint: 'Run it again with SRUNX_DEBUG=1 and report what it prints.',
    cause: error,
  });
}
