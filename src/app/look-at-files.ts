import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type FileFacts, parseRecordedFiles } from '../core/job/files-shell.ts';
import type { Shell } from '../shell/shell.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { expandPattern, factsOf, wholePath } from './find-files.ts';
import { isRemote } from './target-name.ts';

/** How the files of jobs stand, on the machine that the jobs are submitted from. */
export interface FileLook {
  /** What the patterns mean in the directory, by the names that they have there. */
  readonly list: (patterns: readonly string[], directory: string) => Promise<ReadonlyMap<string, FileFacts>>;
  /** SHA-256 of the content, where it can be read. */
  readonly hash: (path: string) => Promise<string | undefined>;
}

export function lookAtFiles({ shell, signal }: Pick<AppContext, 'shell' | 'signal'>, target: TargetName): FileLook {
  return isRemote(target) ? lookThere(shell(target), signal) : lookHere(signal);
}

export function lookHere(signal?: AbortSignal): FileLook {
  return {
    async list(patterns, directory) {
      const names = patterns.flatMap((pattern) => expandPattern(pattern, directory));
      return new Map(
        names.flatMap((name) => {
          const facts = factsOf(wholePath(name, directory));
          return facts === undefined ? [] : [[name, facts] as const];
        }),
      );
    },
    async hash(path) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(path), hash, { signal });
      return hash.digest('hex');
    },
  };
}

/** As the wrapper of a job looks at them: with the shell's own patterns, and `stat`. */
export function lookThere(shell: Shell, signal?: AbortSignal): FileLook {
  const ask = async (script: string, words: readonly string[]) => {
    const { stdout } = await shell.run({ argv: ['sh', '-c', script, 'sh', ...words], env: { LC_ALL: 'C' }, signal });
    return new TextDecoder().decode(stdout);
  };
  return {
    async list(patterns, directory) {
      const { outputs } = parseRecordedFiles(await ask(listScript, [directory, ...patterns]));
      return new Map(outputs.map((file) => [file.path, file]));
    },
    async hash(path) {
      return /^[0-9a-f]{64}/.exec(await ask('sha256sum <"$1"', [path]))?.[0];
    },
  };
}

// Without separators a pattern with spaces is one word, and still a pattern. What is not there is left out.
const listScript = `cd -- "$1" || exit 0
shift
IFS=
for pattern; do
  printf '%s\\0' $pattern | xargs -0 stat -L -c 'output %s %Y %i - %n' -- 2>/dev/null
done`;
