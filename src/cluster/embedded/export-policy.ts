import { splitExportList } from '../../core/job/export-list.ts';

export type Variables = Readonly<Record<string, string>>;

/** What a job without the submission's environment has still: what a login would set. */
const loginVariables = ['HOME', 'USER', 'LOGNAME', 'SHELL', 'PATH', 'LANG', 'TZ', 'TMPDIR'];

/**
 * The variables that `--export` lets through: all (the default), none but those of a login, or those that are listed, with
 * or without a value (`ALL,A=1`, `A,B="x,y"`).
 */
export function exportedVariables(policy: string | undefined, variables: Variables): Record<string, string> {
  const entries = splitExportList(policy ?? 'ALL');
  const all = entries.some((entry) => entry.toUpperCase() === 'ALL');
  const exported = pick(variables, all ? Object.keys(variables) : loginVariables);
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    if (equals > 0) exported[entry.slice(0, equals)] = unquote(entry.slice(equals + 1));
    else Object.assign(exported, pick(variables, [entry]));
  }
  return exported;
}

function pick(variables: Variables, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = variables[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function unquote(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
}
