import { quoteWord } from '../quote.ts';
import { besideOf } from './beside.ts';

/**
 * Lines for `renderClose`: what comes on standard input, an archive of `tar` that gzip has packed, becomes the directory there, which must not be
 * there yet. It appears whole or not at all. What has to be done in another way ends the script, and so does a lock that is lost, see `renderIsHeld`.
 *
 * @param mode of the directory, octal digits
 */
export function renderFirst(remote: string, mode: string): readonly string[] {
  return [
    'srunx_first() {',
    `  srunx_b=${quoteWord(besideOf(remote))}`,
    '  srunx_t=$srunx_b/first.$$',
    // What was left by one whose machine went down amid this.
    '  find "$srunx_b" -maxdepth 1 -name "first.*" -mmin +60 -exec rm -rf -- {} +',
    '  if [ -e "$srunx_r" ] || [ -L "$srunx_r" ]; then return 1; fi',
    // What it is in has the mode that directories have there.
    '  (umask "$srunx_umask" && mkdir -p -- "$srunx_b") && [ -O "$srunx_b" ] && mkdir -m 700 -- "$srunx_t" || return 1',
    `  trap 'rm -rf -- "$srunx_t"; exit 143' HUP INT TERM PIPE`,
    // A directory may be one that its owner cannot write.
    `  if tar -xzpof - --delay-directory-restore -C "$srunx_t" && chmod ${mode} -- "$srunx_t" && srunx_is_held && mv -T -- "$srunx_t" "$srunx_r"; then`,
    '    trap - HUP INT TERM PIPE',
    '    rmdir -- "$srunx_b"',
    '    return 0',
    '  fi',
    '  rm -rf -- "$srunx_t"',
    '  rmdir -- "$srunx_b"',
    '  return 1',
    '}',
    'srunx_first 2>/dev/null || exit 0',
  ];
}

/** What the other end runs: the text that comes first, as long as its first line says and packed by gzip. It reads the rest. */
export const runWhatComes = 'srunx_umask=$(umask); read -r srunx_size && eval "$(head -c "$srunx_size" | gzip -dc)"';
