import { SrunxError } from '../core/errors.ts';
import type { CodeState } from '../core/workflow/provenance.ts';
import type { Shell } from '../shell/shell.ts';

export interface FoundCode {
  readonly state: Omit<CodeState, 'diff'>;
  /** Of what differs from the commit. */
  readonly diff: { readonly bytes: Uint8Array; readonly isCut: boolean } | undefined;
}

export interface GitRequest {
  /** In which of them, the first that is in a repository, it is looked for. */
  readonly directories: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** For all of it. */
  readonly timeoutMs?: number | undefined;
  readonly monotonicNow: () => number;
}

const defaultTimeoutMs = 2_000;
const maxDiffBytes = 1024 * 1024;
const maxStatusBytes = 256 * 1024;

/** So many files that git does not know are named. */
const maxUntracked = 200;

/**
 * What git says of the code, in a limited time. Without a git or a repository, or with one too old to be asked safely, there is
 * nothing; that is no error.
 *
 * Nobody has said that programs named in a repository may run, so whatever in its configuration could start one is overridden:
 * the file system monitor, filters, external diffs, conversions to text, and transports of partial clones.
 */
export async function readGit(shell: Pick<Shell, 'run'>, request: GitRequest): Promise<FoundCode | undefined> {
  const { directories, signal, monotonicNow, timeoutMs = defaultTimeoutMs } = request;
  const deadline = monotonicNow() + timeoutMs;
  const run = async (script: string, args: readonly string[]) => {
    const argv = ['sh', '-c', `${prelude}\n${script}`, 'sh', ...args] as const;
    const limits = {
      timeoutMs: Math.max(1, deadline - monotonicNow()),
      maxBytes: maxStatusBytes + maxDiffBytes + 4096,
    };
    try {
      return await shell.run({ argv: [...argv], env: environment, signal, ...limits });
    } catch (error) {
      // Too slow, or no process could be started. An interrupt is for others to see.
      if (error instanceof SrunxError || signal?.aborted === true) return undefined;
      throw error;
    }
  };
  const head = await run(findHead, directories);
  if (head?.exitCode !== 0) return undefined;
  const [root = '', commit = '', branch = '', filters = ''] = new TextDecoder().decode(head.stdout).split('\0');
  const found = { root, commit: commit || null, branch: branch || null };
  const overrides = overridesOf(filters);
  const tree = overrides && (await run(findChanges, [root, commit === '' ? '' : 'HEAD', ...overrides]));
  if (tree?.exitCode !== 0 || bufferOf(tree.stdout).indexOf(marker) < 0)
    return { state: { ...found, ...unseen }, diff: undefined };
  return { state: { ...found, ...readStatus(tree.stdout) }, diff: readDiff(tree.stdout) };
}

const unseen = { dirty: null, untracked: [], untrackedCount: 0 } as const;

/** Variables of somebody's hook would lead to another repository. */
const environment = {
  ...Object.fromEntries(
    [
      'DIR',
      'WORK_TREE',
      'INDEX_FILE',
      'OBJECT_DIRECTORY',
      'ALTERNATE_OBJECT_DIRECTORIES',
      'COMMON_DIR',
      'NAMESPACE',
    ].map((name) => [`GIT_${name}`, undefined]),
  ),
  ...{ GIT_EXTERNAL_DIFF: undefined, GIT_DIFF_OPTS: undefined, GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' },
  ...{ GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
};

/** In the place of an entry. */
const failed = '!';

const prelude = `g() {
  git --no-pager --no-optional-locks -c core.fsmonitor=false -c core.hooksPath=/dev/null -c safe.bareRepository=explicit "$@"
} 2>/dev/null`;

// Filters of the repository's own are listed to be overridden; those of the user and of the system may run (git-lfs).
const findHead = `for d; do
  cd -- "$d" 2>/dev/null && r=$(g rev-parse --show-toplevel) && [ -n "$r" ] || continue
  printf '%s\\0%s\\0%s\\0' "$r" "$(g rev-parse -q --verify HEAD)" "$(g symbolic-ref -q --short HEAD)"
  g config --includes --show-scope --name-only --get-regexp '^filter\\.'
  case $? in 0 | 1) exit 0 ;; *) printf 'too old\\n'; exit 0 ;; esac
done
exit 3`;

// Submodules are looked at from outside only: within, another configuration would count.
const findChanges = `root=$1 head=$2
shift 2
cd -- "$root" || exit 3
{ g "$@" status --porcelain -z --untracked-files=normal --ignore-submodules=dirty --no-renames || printf '\\0${failed}'; } |
  head -c ${maxStatusBytes}
printf '\\0\\0#'
[ -z "$head" ] || g "$@" -c diff.noprefix=false -c diff.mnemonicPrefix=false -c diff.relative=false diff --no-ext-diff \\
  --no-textconv --no-color --no-renames --full-index --ignore-submodules=dirty --submodule=short -U3 -O/dev/null "$head" -- |
  head -c ${maxDiffBytes + 1}`;

/** Options of git that switch off the filters of a repository. `undefined`: that cannot be done, so the tree is not looked at. */
function overridesOf(listing: string): readonly string[] | undefined {
  const lines = listing.split('\n').filter((line) => line !== '');
  const own = lines.map((line) => /^(?:local|worktree)\t(filter\..*)\.[^.]*$/.exec(line)?.[1] ?? '');
  const names = [...new Set(own.filter((name) => name !== ''))];
  if (lines.includes('too old') || names.some((name) => name.includes('='))) return undefined;
  return names.flatMap((name) =>
    [`${name}.clean=`, `${name}.smudge=`, `${name}.process=`, `${name}.required=false`].flatMap((value) => [
      '-c',
      value,
    ]),
  );
}

const marker = '\0\0#';

function readStatus(output: Uint8Array): Pick<CodeState, 'dirty' | 'untracked' | 'untrackedCount'> {
  const bytes = bufferOf(output);
  const entries = bytes.toString('utf8', 0, bytes.indexOf(marker)).split('\0');
  if (entries.includes(failed)) return unseen;
  const untracked = entries.filter((entry) => entry.startsWith('?? ')).map((entry) => entry.slice(3));
  const dirty = entries.some((entry) => entry !== '' && !entry.startsWith('?? '));
  return { dirty, untracked: untracked.slice(0, maxUntracked), untrackedCount: untracked.length };
}

function readDiff(output: Uint8Array): FoundCode['diff'] {
  const bytes = bufferOf(output);
  const diff = bytes.subarray(bytes.indexOf(marker) + marker.length);
  if (diff.length === 0) return undefined;
  return { bytes: diff.subarray(0, maxDiffBytes), isCut: diff.length > maxDiffBytes };
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
