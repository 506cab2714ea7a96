import { applyQuery } from '../core/query/apply-query.ts';
import { parseQuery } from '../core/query/parse-query.ts';
import type { OutputQuery } from './output.ts';

/** Loaded only where `--query` is given. Throws a UsageError for what is no expression. */
export function readQuery(expression: string): OutputQuery {
  const query = parseQuery(expression);
  // What it is given is what `--json` prints: what JSON leaves out or writes otherwise is no part of it.
  return (document) => applyQuery(query, JSON.parse(JSON.stringify(document)));
}
