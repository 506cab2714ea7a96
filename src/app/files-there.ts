import { posix } from 'node:path';
import type { FileFinder } from '../core/workflow/plan-files.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { createFileFinder } from './find-files.ts';
import { MustWait } from './must-wait.ts';
import type { WorkflowPlaces } from './place-workflow.ts';
import { isRemote } from './target-name.ts';

export type FilesContext = Pick<AppContext, 'cwd' | 'isReady' | 'placeOn' | 'shell' | 'signal'>;

export interface PlannedFiles {
  readonly finder: FileFinder;
  /** To be called behind a plan: throws `MustWait` as long as some of its files were only believed to be there. */
  readonly settle: () => void;
}

export interface FilesPlace {
  readonly target: TargetName;
  /** Another machine to which no connection is open is not asked: all files are believed to be there. */
  readonly onlyIfReady?: boolean | undefined;
  /** Where the code is sent there first. */
  readonly places?: Pick<WorkflowPlaces, 'cwd' | 'isSent'> | undefined;
}

/** The files on the machine that the jobs are submitted from. Another one is asked for all of them at once, and only where a plan names some. */
export function filesOn(context: FilesContext, { target, onlyIfReady = false, places }: FilesPlace): PlannedFiles {
  if (!isRemote(target)) return { finder: createFileFinder(context), settle: () => undefined };
  if (onlyIfReady && !context.isReady(target)) return { finder: believing, settle: () => undefined };
  const known = new Map<string, boolean>();
  const believed = new Set<string>();
  let cwd = places?.cwd;
  return {
    finder: {
      resolve(directory, path) {
        if (cwd !== undefined) return posix.resolve(cwd, directory ?? '.', path);
        throw new MustWait(async () => {
          cwd = (await context.placeOn(target)).cwd;
        });
      },
      exists(path) {
        const found = known.get(path) ?? (places?.isSent(path) === true || undefined);
        if (found === undefined) believed.add(path);
        return found ?? true;
      },
    },
    settle() {
      if (believed.size === 0) return;
      throw new MustWait(async () => {
        const paths = [...believed];
        believed.clear();
        for (let start = 0; start < paths.length; start += chunkSize) {
          const chunk = paths.slice(start, start + chunkSize);
          const found = await findThere(context, { target, paths: chunk });
          for (const [index, path] of chunk.entries()) known.set(path, found[index] === '1');
        }
      });
    },
  };
}

const believing: FileFinder = {
  resolve: (directory, path) => posix.resolve('/', directory ?? '.', path),
  exists: () => true,
};

/** So many entries fit into every command line. */
const chunkSize = 100;

async function findThere(
  { shell, signal }: FilesContext,
  { target, paths }: { readonly target: TargetName; readonly paths: readonly string[] },
): Promise<string> {
  const { stdout } = await shell(target).run({ argv: ['sh', '-c', script, 'sh', ...paths], signal });
  return new TextDecoder().decode(stdout);
}

// Without separators a pattern with spaces is one word, and still a pattern: as the job itself looks for it.
const script = `any() { [ -e "$1" ]; }
IFS=
for path; do
  if any $path; then printf 1; else printf 0; fi
done`;
