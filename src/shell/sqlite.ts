import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Texts of queries that are put together at run time may be many. */
const mostKept = 200;

/**
 * A database that keeps its statements. To prepare one costs more than most of them do, and the memory of each is freed only by the
 * garbage collector, which does not see it: three thousand of them were a hundred megabytes.
 */
export class Database extends DatabaseSync {
  readonly #kept = new Map<string, StatementSync>();

  override prepare(sql: string): StatementSync {
    const known = this.#kept.get(sql);
    if (known !== undefined) return known;
    const statement = super.prepare(sql);
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.set(sql, statement);
    return statement;
  }
}
