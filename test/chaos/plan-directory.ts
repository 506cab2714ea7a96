import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** How far the hand-over of a run with so many submissions is, by its plan directory. */
export function stageOf(directory: string | undefined, submissions: number): string {
  if (directory === undefined) return 'planned';
  const log = join(directory, 'handover.log');
  if (!existsSync(log)) return 'writing the plan';
  const text = readFileSync(log, 'utf8');
  if (/^done$/m.test(text)) return 'handed over';
  const claims = claimsOf(directory);
  const isMarked = existsSync(join(directory, 'withdrawn'));
  const isOpen = claims.some((path) => !readFileSync(path, 'utf8').includes('\njob '));
  const stage = isOpen
    ? 'claimed, perhaps submitted'
    : claims.length === submissions
      ? /^elements /m.test(text)
        ? 'edges told'
        : 'to be released'
      : 'between two jobs';
  return isMarked ? `${stage}, withdrawn` : stage;
}

/** Makes the claims of a run so old that what is in question is not looked for any longer. */
export function ageClaims(directory: string): void {
  const past = Date.now() / 1_000 - 300;
  for (const path of claimsOf(directory)) utimesSync(path, past, past);
}

function claimsOf(directory: string): readonly string[] {
  const claims = join(directory, 'claims');
  return existsSync(claims) ? readdirSync(claims).map((name) => join(claims, name)) : [];
}
