import { quoteWord } from '../quote.ts';
import { folded, type MountPlace, putFunction, scriptHead } from './mount-scripts.ts';

/**
 * A copy of a mount at the other end, in two steps. `trees/HASH` beside the mount has each state that was ever wanted once: its files cannot
 * be written, and share what two states have in common. `runs/RUN` is the directory of one run: the same files by hard links, in
 * directories of its own. No file of the mount is among them: jobs may write there.
 *
 * A tree and a copy appear whole, by being renamed, or not at all.
 */
export interface SnapshotScript {
  readonly place: MountPlace;
  /** Directory beside the mount. */
  readonly beside: string;
  readonly runId: string;
  /** A word that no other attempt has. */
  readonly token: string;
  /** SHA-256 that names the tree. */
  readonly tree: string;
  /** SHA-256 of the sizes, times and names that the files must have, as {@link proofFormat} says. */
  readonly proof: string;
  /** Of the list of names there. */
  readonly listHash: string;
  /** The list itself, packed as the names are, where that there is another one. */
  readonly list: string | undefined;
  /** Names of directories with nothing in them: as all names here, each with a NUL behind it, as base64 of what gzip makes of it; or nothing. */
  readonly emptyDirectories: string;
  /** SHA-256 over the sorted hashes of contents: of the changed files where there is a base, else of all. */
  readonly sums: string;
  /** What the tree has in common with another one, if that is there. */
  readonly base: TreeBase<string> | undefined;
  /** Of files with the same size and time, the contents are compared, too: they were other ones a moment ago. */
  readonly comparesContent: boolean;
  readonly rsync: { readonly path: string | undefined; readonly canLink: boolean };
}

/** A tree that most files are taken from. */
export interface TreeBase<Names> {
  readonly tree: string;
  /** Not as in the base. */
  readonly files: Names;
  readonly links: Names;
  /** Only there. */
  readonly removed: Names;
  /** Of the files, as of all. */
  readonly sums: string;
}

/** Is given to a shell as its input. Nothing of it runs before all of it is there. */
export function renderSnapshot(script: SnapshotScript): string {
  const { place, beside, runId, token, tree, proof, listHash, list, emptyDirectories, rsync, sums, base } = script;
  const copyFiles = rsync.canLink ? copyByRsync(script.comparesContent ? ' --checksum' : '') : copyByTar;
  return [
    'srunx_umask=$(umask)',
    scriptHead(place),
    putFunction,
    `srunx_b=${quoteWord(beside)}`,
    `srunx_tree=${tree} srunx_run=${runId} srunx_new=.new-${token} srunx_proof=${proof}`,
    `srunx_rsync=${quoteWord(rsync.path ?? 'rsync')}`,
    `srunx_l=$srunx_k/list srunx_why= srunx_base=${base?.tree ?? ''} srunx_sums=${sums} srunx_base_sums=${base?.sums ?? ''}`,
    functions,
    `srunx_copy_files() { ${copyFiles}; }`,
    'srunx_main() {',
    ...(list === undefined
      ? []
      : ['mkdir -p -- "$srunx_k"', `srunx_put list "$srunx_l" 600 gzip <<'${endOfText}'`, ...folded(list), endOfText]),
    `[ "$(srunx_hash_of "$srunx_l")" = ${listHash} ] || { echo 'list other'; echo over; exit 0; }`,
    'srunx_prepare',
    'srunx_is_tree || srunx_build_tree',
    'srunx_make_copy',
    'echo over',
    '}',
    ...namesFunction('empty', emptyDirectories),
    ...namesFunction('files', base?.files ?? ''),
    ...namesFunction('links', base?.links ?? ''),
    ...namesFunction('removed', base?.removed ?? ''),
    'srunx_main </dev/null',
    '',
  ].join('\n');
}

/** Writes names. */
function namesFunction(name: string, names: string): readonly string[] {
  if (names === '') return [`srunx_names_${name}() { :; }`];
  return [`srunx_names_${name}() {`, `base64 -d <<'${endOfText}' | gzip -dc`, ...folded(names), endOfText, '}'];
}

const endOfText = 'SRUNX_END';

/** Of `stat`, for each file and link in the order of the list, with a line break behind it. */
export const proofFormat = '%s %Y %n';

// rsync takes `#` and `;` at the beginning of a name for a comment, and tar `-` for an option.
const listed = `xargs -0 printf './%s\\0'`;
const copyByRsync = (more: string) =>
  `${listed} | "$srunx_rsync" -a${more} --from0 --files-from=- --chmod=F-w "$@" "$srunx_r/" "$srunx_x/"`;
const copyByTar = `(cd -- "$srunx_r" && ${listed} | tar -cf - --null -T -) | (cd -- "$srunx_x" && tar -xpf - && find . -type f -exec chmod a-w {} +)`;

const functions = `srunx_remove() {
  for srunx_gone; do
    [ -e "$srunx_gone" ] || [ -L "$srunx_gone" ] || continue
    # Whoever still works in it must not complete it.
    mv -f -- "$srunx_gone" "$srunx_gone.gone" 2>/dev/null && srunx_gone=$srunx_gone.gone
    rm -rf -- "$srunx_gone" 2>/dev/null && continue
    find "$srunx_gone" -type d -exec chmod u+rwx {} + 2>/dev/null
    rm -rf -- "$srunx_gone" 2>/dev/null
  done
}
srunx_fail() {
  srunx_remove "$srunx_b/trees/$srunx_new" "$srunx_b/runs/$srunx_new" "$srunx_b/runs/$srunx_run.tree"
  echo "$* $(printf %s "$srunx_why" | tr '\\n' ' ' | cut -c 1-2000)"
  echo over
  exit 0
}
srunx_try() { srunx_why=$("$@" 2>&1); }
srunx_prepare() {
  if [ ! -d "$srunx_b/runs" ]; then
    srunx_mode=$(stat -c %a -- "$srunx_r")
    srunx_try mkdir -p -- "$srunx_b/trees" "$srunx_b/runs" || srunx_fail failed
    chmod -- "$srunx_mode" "$srunx_b" "$srunx_b/trees" "$srunx_b/runs" 2>/dev/null
    chmod -- u+rwx "$srunx_b" "$srunx_b/trees" "$srunx_b/runs" 2>/dev/null
  fi
  srunx_try mkdir -p -- "$srunx_b/trees" || srunx_fail failed
  if [ -L "$srunx_b" ] || [ ! -O "$srunx_b/trees" ] || [ ! -O "$srunx_b/runs" ]; then
    srunx_why="$srunx_b does not belong to this account"
    srunx_fail failed
  fi
  # Of those who were killed amid it: nobody else has the lock.
  srunx_remove "$srunx_b"/trees/.new-* "$srunx_b"/runs/.new-* "$srunx_b"/trees/*.gone
}
srunx_proof_in() {
  if [ -s "$srunx_l" ]; then (cd -- "$1" && xargs -0 stat -c '${proofFormat}' -- <"$srunx_l") 2>&1; fi | srunx_hash
}
# Of the regular files that it is told of.
srunx_sums_in() {
  (cd -- "$1" && if command -v sha256sum >/dev/null 2>&1; then xargs -0 sha256sum --; else xargs -0 shasum -a 256 --; fi) |
    sed 's/^\\\\//' | cut -c 1-64 | sort | srunx_hash
}
# One whose files somebody has written into all the same is none any more.
srunx_is_tree() {
  srunx_at=$srunx_b/trees/$srunx_tree srunx_was=
  [ -d "$srunx_at" ] || return 1
  { read -r srunx_was <"$srunx_at.proof"; } 2>/dev/null
  if [ -n "$srunx_was" ] && [ "$srunx_was" = "$(srunx_proof_in "$srunx_at")" ]; then
    touch -c -- "$srunx_at"
    return 0
  fi
  srunx_remove "$srunx_at"
  return 1
}
srunx_build_tree() {
  srunx_x=$srunx_b/trees/$srunx_new
  if [ -z "$srunx_base" ] || ! srunx_try srunx_build_upon; then
    srunx_base=
    srunx_remove "$srunx_x"
    srunx_build_whole
    [ "$(srunx_proof_in "$srunx_x")" = "$srunx_proof" ] || srunx_fail changed
  fi
  srunx_try srunx_make_empty || srunx_fail failed
  srunx_is_content || srunx_fail changed
  chmod -- "$(stat -c %a -- "$srunx_r")" "$srunx_x" 2>/dev/null
  srunx_try srunx_name_tree || srunx_fail failed
}
# Where somebody has written into the other one, or its times are older ones, this is not what was wanted.
srunx_build_upon() {
  cp -al -- "$srunx_b/trees/$srunx_base" "$srunx_x" || return
  { srunx_names_files; srunx_names_links; srunx_names_removed; } | (cd -- "$srunx_x" && xargs -0 rm -f --) || return
  find "$srunx_x" -depth -mindepth 1 -type d -empty -delete || return
  [ -z "$(srunx_names_files | head -c 1)$(srunx_names_links | head -c 1)" ] ||
    { srunx_names_files; srunx_names_links; } | srunx_copy_files || return
  [ "$(srunx_proof_in "$srunx_x")" = "$srunx_proof" ]
}
# rsync sends nothing of which size and second are the same; where the content is another one all the same, it is made to.
srunx_is_content() {
  if [ -n "$srunx_base" ]; then
    [ -n "$(srunx_names_files | head -c 1)" ] || return 0
    [ "$(srunx_names_files | srunx_sums_in "$srunx_x")" != "$srunx_base_sums" ] || return 0
    srunx_names_files | (cd -- "$srunx_r" && xargs -0 touch -c -d @0 --)
  else
    [ "$(find "$srunx_x" -type f -exec printf '%s\\0' {} + | srunx_sums_in "$srunx_x")" != "$srunx_sums" ] || return 0
    (cd -- "$srunx_r" && xargs -0 touch -c -h -d @0 -- <"$srunx_l")
  fi
  return 1
}
srunx_build_whole() {
  srunx_try mkdir -- "$srunx_x" || srunx_fail failed
  set --
  for srunx_old in $(cd -- "$srunx_b/trees" && ls -1t | grep '^[0-9a-f]\\{64\\}$' | head -n 3); do
    set -- "$@" "--link-dest=$srunx_b/trees/$srunx_old"
  done
  if [ -s "$srunx_l" ] && ! srunx_try srunx_copy_files "$@" <"$srunx_l"; then
    # What is not there any more, or is another thing, was changed by somebody.
    [ "$(srunx_proof_in "$srunx_r")" = "$srunx_proof" ] || srunx_fail changed
    srunx_fail failed
  fi
}
srunx_make_empty() (
  umask "$srunx_umask"
  cd -- "$srunx_x" && srunx_names_empty | xargs -0 mkdir -p -- .
)
srunx_name_tree() {
  chmod -- u+rwx "$srunx_x" && echo "$srunx_proof" >"$srunx_b/trees/$srunx_tree.proof" &&
    mv -T -- "$srunx_x" "$srunx_b/trees/$srunx_tree"
}
srunx_make_copy() {
  srunx_x=$srunx_b/runs/$srunx_new
  if ! srunx_try cp -al -- "$srunx_b/trees/$srunx_tree" "$srunx_x"; then
    # There are no more links to be had, or none at all: then files are copied.
    srunx_remove "$srunx_x"
    srunx_try "$srunx_rsync" -a "--link-dest=$srunx_b/trees/$srunx_tree" "$srunx_b/trees/$srunx_tree/" "$srunx_x/" || srunx_fail failed
  fi
  srunx_try find "$srunx_x" -type d ! -perm -0700 -exec chmod u+rwx {} + || srunx_fail failed
  # Nobody waits for it any more: then this ends here.
  echo 'copy complete'
  srunx_try srunx_name_copy || srunx_fail failed
  echo 'copy made'
}
srunx_name_copy() {
  echo "$srunx_tree" >"$srunx_b/runs/$srunx_run.tree" && mv -T -- "$srunx_x" "$srunx_b/runs/$srunx_run"
}`;

export type SnapshotAnswer =
  | { readonly kind: 'made' }
  /** The list of names there is not the one that was meant. */
  | { readonly kind: 'list' }
  /** The files there are not those that were sent. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'failed'; readonly words: string };

/** `undefined` where it did not come to its end. */
export function parseSnapshot(text: string): SnapshotAnswer | undefined {
  const lines = text.split('\n');
  if (!lines.includes('over')) return undefined;
  if (lines.includes('copy made')) return { kind: 'made' };
  if (lines.includes('list other')) return { kind: 'list' };
  const [, kind, words = ''] = /^(changed|failed) (.*)$/m.exec(text) ?? [];
  return kind === 'changed' ? { kind } : { kind: 'failed', words: words.trim() };
}
