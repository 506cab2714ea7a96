import { createHash } from 'node:crypto';
import type { Plan } from '../core/workflow/plan.ts';
import type { AppContext, TargetName } from './app-context.ts';

/**
 * Leaves to be submitted in place what is there and says what was planned. A file that is not sent, because it is among what stays here,
 * and one that somebody has changed there where nothing is sent, are not: then it is the copy in the plan directory that is submitted.
 */
export async function confirmInPlace(
  { shell, signal }: Pick<AppContext, 'shell' | 'signal'>,
  { plan, target }: { readonly plan: Plan; readonly target: TargetName },
): Promise<Plan> {
  const paths = [...new Set(plan.jobs.flatMap(({ wrapped, inPlace }) => (wrapped ? [] : (inPlace ?? []))))];
  const found = new Map<string, string>();
  for (let start = 0; start < paths.length; start += chunkSize) {
    const chunk = paths.slice(start, start + chunkSize);
    const argv = ['sh', '-c', script, 'sh', ...chunk] as const;
    const { stdout } = await shell(target).run({ argv, together: true, signal });
    const hashes = new TextDecoder().decode(stdout).split('\n');
    for (const [index, path] of chunk.entries()) found.set(path, hashes[index] ?? '');
  }
  const jobs = plan.jobs.map((job) => {
    const { inPlace, ...copied } = job;
    return inPlace === undefined || found.get(inPlace) === hashOf(job.script) ? job : copied;
  });
  return { ...plan, jobs };
}

/** So many entries fit into every command line. */
const chunkSize = 100;

// Without the ends of lines at the end of a file, as the plan compares it.
const script = `for path do
  [ -f "$path" ] && [ -r "$path" ] || { echo; continue; }
  printf %s "$(cat -- "$path")" | { sha256sum 2>/dev/null || shasum -a 256 2>/dev/null; } | cut -c 1-64
done`;

function hashOf(text: string): string {
  return createHash('sha256').update(text.replace(/\n+$/, '')).digest('hex');
}
