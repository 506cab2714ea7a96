import type { DatabaseSync } from 'node:sqlite';
import type { Submission, SubmissionTurn } from '../cluster.ts';
import type { Condition } from './dependency.ts';
import { addConditions, jobIdOfToken } from './rows.ts';

/**
 * Lets tasks wait for their turn, which may be that of a job that is submitted later: once all of a batch are there. Runs inside the
 * caller's transaction.
 */
export function addTurns(db: DatabaseSync, { token, elements }: Submission): void {
  if (elements?.turns === undefined) return;
  const id = jobIdOfToken(db, token);
  if (id !== undefined)
    addConditions(
      db,
      id,
      conditionsOf(elements.turns, (other) => jobIdOfToken(db, other)),
    );
}

function conditionsOf(
  turns: readonly SubmissionTurn[],
  jobOfToken: (token: string) => number | undefined,
): readonly Condition[] {
  const byParent = new Map<number, Omit<SubmissionTurn, 'tokens'>[]>();
  for (const { tokens, ...turn } of turns) {
    for (const parent of tokens.flatMap((token) => jobOfToken(token) ?? [])) {
      const ofParent = byParent.get(parent);
      if (ofParent === undefined) byParent.set(parent, [turn]);
      else ofParent.push(turn);
    }
  }
  return [...byParent].map(([parent, ofParent]) => ({
    type: 'afterany',
    parent,
    turns: ofParent.toSorted((one, other) => one.first - other.first),
  }));
}
