import { quoteWord } from '../quote.ts';

export interface PruneCopiesScript {
  /** Directory beside the mount. */
  readonly beside: string;
  /** Whose copies go. */
  readonly runIds: readonly string[];
  /** Trees that no copy uses, and none has for so long. */
  readonly idleMinutes: number;
  /** Else it is only counted. */
  readonly removes: boolean;
}

/** Says which copies there are. */
export function renderListCopies(besides: readonly string[]): string {
  return besides
    .map(
      (beside, at) =>
        `for srunx_f in ${quoteWord(`${beside}/runs`)}/*.tree; do [ -f "$srunx_f" ] && srunx_f=\${srunx_f##*/} && echo "has ${at} \${srunx_f%.tree}"; done`,
    )
    .concat('echo over', '')
    .join('\n');
}

/** Ids of runs, for each of the directories. Throws nothing: what could not be looked at has none. */
export function parseListCopies(text: string, count: number): readonly ReadonlySet<string>[] {
  const found = Array.from({ length: count }, () => new Set<string>());
  for (const [, at = '', id = ''] of text.matchAll(/^has (\d+) ([a-z0-9]{10})$/gm)) found[Number(at)]?.add(id);
  return found;
}

/**
 * Takes away of each copy what is of its tree, file by file: what has another inode was written by a job and stays, with the directories that
 * it is in. Then the trees go that nobody uses.
 */
export function renderPruneCopies({ beside, runIds, idleMinutes, removes }: PruneCopiesScript): string {
  return [
    'LC_ALL=C',
    'export LC_ALL',
    `srunx_b=${quoteWord(beside)} srunx_removes=${removes ? 1 : ''} srunx_gone=' '`,
    functions,
    'if cd -- "$srunx_b" 2>/dev/null; then',
    `for srunx_run in ${runIds.map(quoteWord).join(' ')}; do srunx_copy "$srunx_run"; done`,
    `srunx_trees ${idleMinutes}`,
    'fi',
    'echo over',
    '',
  ].join('\n');
}

const functions = `srunx_files() (cd -- "$1" 2>/dev/null && find . ! -type d -printf '%D %i %p\\0' | sort -zu)
srunx_shared() { { srunx_files "trees/$2"; srunx_files "runs/$1"; } | sort -z | uniq -zd | sed -z 's/^[0-9]* [0-9]* //'; }
srunx_count() { tr -cd '\\0' | wc -c; }
srunx_copy() {
  srunx_tree=
  { read -r srunx_tree <"runs/$1.tree"; } 2>/dev/null
  case $srunx_tree in '' | *[!0-9a-f]*) return ;; esac
  srunx_gone="$srunx_gone$1 "
  srunx_of=$(srunx_shared "$1" "$srunx_tree" | srunx_count) srunx_all=$(srunx_files "runs/$1" | srunx_count)
  if [ -n "$srunx_removes" ]; then
    srunx_shared "$1" "$srunx_tree" | (cd -- "runs/$1" && xargs -0 rm -f --) || return
    # Those of the tree alone; in none that is left is nothing.
    (cd -- "trees/$srunx_tree" && find . -depth -mindepth 1 -type d -print0) | (cd -- "runs/$1" && xargs -0 rmdir --) 2>/dev/null
    rmdir -- "runs/$1" 2>/dev/null
    rm -f -- "runs/$1.tree"
  fi
  echo "copy $1 $((srunx_of)) $((srunx_all - srunx_of))"
}
srunx_is_used() {
  for srunx_f in runs/*.tree; do
    srunx_of=\${srunx_f##*/}
    case $srunx_gone in *" \${srunx_of%.tree} "*) [ -n "$srunx_removes" ] || continue ;; esac
    srunx_tree=
    { read -r srunx_tree <"$srunx_f"; } 2>/dev/null
    [ "$srunx_tree" != "$1" ] || return 0
  done
  return 1
}
srunx_trees() {
  for srunx_at in trees/*; do
    srunx_hash=\${srunx_at#trees/}
    case $srunx_hash in *[!0-9a-f]*) continue ;; esac
    [ -d "$srunx_at" ] && ! srunx_is_used "$srunx_hash" || continue
    [ "$1" -le 0 ] || [ -n "$(find "$srunx_at" -prune -mmin "+$1")" ] || continue
    srunx_size=$(du -sk -- "$srunx_at" | cut -f 1)
    if [ -n "$srunx_removes" ]; then
      # A part of one must not be taken for the whole.
      mv -f -- "$srunx_at" "$srunx_at.gone" && rm -f -- "$srunx_at.proof" || continue
      find "$srunx_at.gone" -type d ! -perm -0700 -exec chmod u+rwx {} +
      rm -rf -- "$srunx_at.gone"
    fi
    echo "tree $srunx_hash $srunx_size"
  done
}`;

export interface PrunedCopy {
  readonly runId: string;
  /** Of its tree. */
  readonly files: number;
  /** Which jobs wrote there. */
  readonly kept: number;
}

export interface PrunedCopies {
  readonly copies: readonly PrunedCopy[];
  readonly trees: readonly { readonly hash: string; readonly bytes: number }[];
}

/** `undefined` where it did not come to its end. */
export function parsePruneCopies(text: string): PrunedCopies | undefined {
  if (!/^over$/m.test(text)) return undefined;
  return {
    copies: [...text.matchAll(/^copy (\S+) (\d+) (\d+)$/gm)].map(([, runId = '', files, kept]) => ({
      ...{ runId, files: Number(files), kept: Number(kept) },
    })),
    trees: [...text.matchAll(/^tree (\S+) (\d+)$/gm)].map(([, hash = '', size]) => ({
      ...{ hash, bytes: Number(size) * 1024 },
    })),
  };
}
