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
 * Lines for `renderClose`: files replace others of the mount, each as a whole, with the owner and the group that the other one had. What has to be
 * done in another way ends the script: nothing of that file is there then.
 *
 * @param archive base64 of what gzip has made of a tar archive, in it each file with its mode and its time
 */
export function renderPlace(archive: string, files: readonly PlacedFile[]): readonly string[] {
  return [
    'srunx_t=$srunx_r/.srunx-write.$$',
    'srunx_leave() { rm -rf -- "$srunx_t"; exit "$1"; }',
    'srunx_place() {',
    '  [ -f "$srunx_r/$3" ] && [ ! -L "$srunx_r/$3" ] && chown --reference="$srunx_r/$3" -- "$srunx_t/$1" &&',
    '    chmod "$2" -- "$srunx_t/$1" && mv -f -- "$srunx_t/$1" "$srunx_r/$3" || srunx_leave 0',
    '}',
    '{',
    'srunx_sweep "$srunx_r"',
    'mkdir -m 700 -- "$srunx_t" && [ -O "$srunx_t" ] || exit 0',
    `trap 'srunx_leave 143' HUP INT TERM PIPE`,
    `base64 -d <<'${end}' | gzip -dc | tar -xpof - -C "$srunx_t" || srunx_leave 0`,
    ...folded(archive),
    end,
    ...files.map(({ entry, name, mode }) => `srunx_place ${entry} ${mode} ${quoteWord(name)}`),
    'rm -rf -- "$srunx_t"',
    'trap - HUP INT TERM PIPE',
    '} 2>/dev/null',
  ];
}

const end = 'SRUNX_FILES';
