import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AppContext } from './app-context.ts';

/** A workflow larger than that is not read while somebody waits at the prompt. */
const maxBytes = 1_000_000;

/** The names that the first workflow file among these words defines; none where none can be read: nobody has run it yet. */
export async function workflowNames(
  { cwd }: Pick<AppContext, 'cwd'>,
  words: readonly string[],
): Promise<{ readonly jobs: readonly string[]; readonly args: readonly string[] }> {
  const file = words.find((word) => /\.ya?ml$/.test(word));
  const path = file === undefined ? undefined : resolve(cwd, file);
  if (path === undefined || (statSync(path, { throwIfNoEntry: false })?.size ?? maxBytes) >= maxBytes) {
    return { jobs: [], args: [] };
  }
  const { parseDocument } = await import('yaml');
  const content: unknown = parseDocument(readFileSync(path, 'utf8')).toJS();
  const { jobs, args } = (typeof content === 'object' && content !== null ? content : {}) as Record<string, unknown>;
  return {
    jobs: (Array.isArray(jobs) ? jobs : []).flatMap((job: unknown) => nameOf(job) ?? []),
    args: typeof args === 'object' && args !== null ? Object.keys(args) : [],
  };
}

function nameOf(job: unknown): string | undefined {
  const name = typeof job === 'object' && job !== null ? (job as { readonly name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : undefined;
}
