import { RefusedError } from '../errors.ts';

/** What git says of the files of a mount. */
export type Worktree =
  /** They lie in no repository. */
  | { readonly kind: 'none' }
  | { readonly kind: 'clean' }
  /** Paths that are changed, new or gone, without what git is told to ignore. */
  | { readonly kind: 'dirty'; readonly paths: readonly string[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Of `git status --porcelain -z`. */
export function parseStatus(text: string): Worktree {
  const fields = text.split('\0').filter((field) => field !== '');
  const paths: string[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    paths.push(field.slice(3));
    // The name from before is a field of its own.
    if (/^(?:[RC].|.[RC]) /.test(field)) at += 1;
  }
  return paths.length === 0 ? { kind: 'clean' } : { kind: 'dirty', paths };
}

const shown = 3;

/** `a.py, b.py, c.py ... (+2 more)` */
export function summarizePaths(paths: readonly string[]): string {
  const names = paths.slice(0, shown).map((path) => path.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]/gu, '?'));
  return `${names.join(', ')}${paths.length > shown ? ` ... (+${paths.length - shown} more)` : ''}`;
}

export interface WorktreeRule {
  /** For people: the mount. */
  readonly mount: string;
  readonly requireClean: boolean;
  readonly warnDirty: boolean;
}

/** A warning, or `undefined`. Throws a RefusedError where the files must be clean and are not, or where that cannot be told. */
export function judgeWorktree(
  worktree: Worktree,
  { mount, requireClean, warnDirty }: WorktreeRule,
): string | undefined {
  if (worktree.kind === 'none' || worktree.kind === 'clean') return undefined;
  const isDirty = worktree.kind === 'dirty';
  if (isDirty && worktree.paths.every(isNeverSent)) return undefined;
  const words = isDirty
    ? `the mount ${mount} has uncommitted changes: ${summarizePaths(worktree.paths)}`
    : `it cannot be told whether the mount ${mount} has uncommitted changes: ${worktree.reason}`;
  if (!requireClean) return isDirty && warnDirty ? words : undefined;
  throw new RefusedError(words, {
    code: 'sync.dirty',
    hint: isDirty
      ? 'Commit or stash them, or set sync.require_clean to false.'
      : 'Make `git status` work there, or set sync.require_clean to false.',
  });
}

const neverSent =
  /(?:^|\/)(?:\.venv|__pycache__|\.mypy_cache|\.pytest_cache|\.ruff_cache|\.tox|node_modules|[^/]+\.egg-info)(?:\/|$)|\.pyc$|(?:^|\/)\.DS_Store$/;

/** What always stays here, whether git knows it or not. */
function isNeverSent(path: string): boolean {
  return neverSent.test(path);
}
