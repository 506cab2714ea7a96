import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Texts of queries that are put together at run time may be many. */
const mostKept = 200;

/**
 * A database that keeps its statements. To prepare one costs more than most of them do, and the memory of each is freed only by the
 * garbage collector, which does not see it: three thousand of them were a hundred megabytes.
 */
export class Database extends DatabaseSync {
  readonly #kept = new Map<string, StatementSync>();
  readonly #keptOfRows = new Map<string, StatementSync>();

  override prepare(sql: string): StatementSync {
    return recall(this.#kept, sql, () => super.prepare(sql));
  }

  /** Rows as arrays, in the order of the columns: a third of the time of objects, where there are tens of thousands. */
  rows(sql: string, ...parameters: readonly (string | number)[]): readonly (readonly unknown[])[] {
    const statement = recall(this.#keptOfRows, sql, () => {
      const fresh = super.prepare(sql);
      fresh.setReturnArrays(true);
      return fresh;
    });
    return statement.all(...parameters) as unknown as readonly (readonly unknown[])[];
  }
}

function recall(kept: Map<string, StatementSync>, sql: string, prepare: () => StatementSync): StatementSync {
  const known = kept.get(sql);
  if (known !== undefined) return known;
  const statement = prepare();
  if (kept.size >= mostKept) kept.clear();
  kept.set(sql, statement);
  return statement;
}
