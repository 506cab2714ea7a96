/**
 * Never part of a project's files. The last two are srunx's own and there on the cluster alone: what is excluded is neither removed
 * by a mirror nor brought back. They are anchored, so that files of the user's of that name in other directories go along.
 */
export const builtinExcludes: readonly string[] = [
  ...['.git/', '__pycache__/', '.venv/', '*.pyc', '.mypy_cache/', '.pytest_cache/', '.ruff_cache/', '*.egg-info/'],
  ...['.tox/', 'node_modules/', '.DS_Store', '/.srunx-owner.json', '/.srunx-manifest.json'],
];

/** The built-in ones and these behind them, each once, in their order: of rsync's patterns the first that fits counts. */
export function effectiveExcludes(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set([builtinExcludes, ...lists].flat())];
}

/** What the fingerprint of a list is the SHA-256 of: the same text that `json.dumps` of Python makes of it. */
export function fingerprintText(excludes: readonly string[]): string {
  const words = excludes.map((pattern) =>
    JSON.stringify(pattern).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  return `[${words.join(', ')}]`;
}

/** Where `srunx get` puts what it brings of jobs and runs; no filters of the mount, so that other tools see the same ones. */
export const broughtPatterns: readonly string[] = ['srunx-[0-9]*/', `srunx-${'[a-z0-9]'.repeat(10)}/`];
