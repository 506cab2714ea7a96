import { quoteWord } from '../quote.ts';
import { folded } from './mount-scripts.ts';

export interface PlacedFile {
  /** In the archive; a word. */
  readonly entry: string;
  /** In the mount; nothing but text. */
  readonly name: string;
  /** Octal digits. */
  readonly mode: string;
}

/**
 * Lines for `renderClose`: files replace those of the mount that were sent under their names, each as a whole, with the owner and the group that
 * the other one had. What has to be done in another way ends the script: nothing of that file is there then. So does a lock that is lost, see
 * `renderIsHeld`: whoever has lost the connection may have begun again over another one.
 *
 * @param archive base64 of what gzip has made of a tar archive, in it each file with its mode and its time
 * @param mayBeNew some were not sent before: they come into directories that are there, and in the place of nothing
 */
export function renderPlace(archive: string, files: readonly PlacedFile[], mayBeNew: boolean): readonly string[] {
  return [
    'srunx_t=$srunx_r/.srunx-write.$$',
    'srunx_leave() { rm -rf -- "$srunx_t"; exit "$1"; }',
    'srunx_place() {',
    '  [ -f "$srunx_r/$3" ] && [ ! -L "$srunx_r/$3" ] && chown --reference="$srunx_r/$3" -- "$srunx_t/$1" &&',
    '    chmod "$2" -- "$srunx_t/$1" && srunx_is_held && mv -f -- "$srunx_t/$1" "$srunx_r/$3" || srunx_leave 0',
    '}',
    ...(mayBeNew ? [addFunction] : []),
    '{',
    'srunx_sweep "$srunx_r"',
    'mkdir -m 700 -- "$srunx_t" && [ -O "$srunx_t" ] || exit 0',
    `trap 'srunx_leave 143' HUP INT TERM PIPE`,
    `base64 -d <<'${end}' | gzip -dc | tar -xpof - -C "$srunx_t" || srunx_leave 0`,
    ...folded(archive),
    end,
    ...files.map(
      ({ entry, name, mode }) => `${mayBeNew ? 'srunx_add' : 'srunx_place'} ${entry} ${mode} ${quoteWord(name)}`,
    ),
    'rm -rf -- "$srunx_t"',
    'trap - HUP INT TERM PIPE',
    '} 2>/dev/null',
  ];
}

const end = 'SRUNX_FILES';

// What a job has written there under that name is not ours.
const addFunction = `srunx_add() {
  if [ -e "$srunx_r/$3" ] || [ -L "$srunx_r/$3" ]; then
    tr '\\0' '\\n' <"$srunx_k/list" | grep -qxF -e "$3" || srunx_leave 0
    srunx_place "$@"
    return
  fi
  case $3 in */*) srunx_d=$srunx_r/\${3%/*} ;; *) srunx_d=$srunx_r ;; esac
  [ -d "$srunx_d" ] && { [ ! -g "$srunx_d" ] || chgrp --reference="$srunx_d" -- "$srunx_t/$1"; } && chmod "$2" -- "$srunx_t/$1" &&
    srunx_is_held && mv -n -- "$srunx_t/$1" "$srunx_r/$3" && [ ! -e "$srunx_t/$1" ] || srunx_leave 0
}`;
