import { quoteWord, quoteWords } from '../quote.ts';
import { type LockHolder, parseHolder, renderHolder } from './lock-holder.ts';

/**
 * The lock of a directory that lies with an account on another machine, as text for a POSIX shell there, so that it can be one
 * execution with what is done under it.
 *
 * It is a file of the account, in a directory that only it can write: what lies in the locked directory would be transferred and mirrored
 * away. Its name is of where the directory really is, so that links and all names of one machine lead to the same. `ln` makes it
 * appear whole or not at all, over NFS too, and whoever has it is read from the file: an answer of NFS may be lost.
 *
 * Nothing of it is taken from anybody who might live: it is free for others when nobody has renewed it for a long time, or when who asks
 * knows that its holder is dead. Who takes one out holds a second lock, so that no two do. The reasons stand in decision 0014.
 */
const functions = `srunx_lock_find() {
  srunx_there=$1 srunx_rest=
  # What is not there yet is named by what is.
  until [ -d "$srunx_there" ] || [ "$srunx_there" = / ]; do
    srunx_rest=/\${srunx_there##*/}$srunx_rest
    srunx_there=\${srunx_there%/*}
    [ -n "$srunx_there" ] || srunx_there=/
  done
  srunx_real=$(unset CDPATH; cd -P -- "$srunx_there" 2>/dev/null && pwd -P) || srunx_real=$srunx_there
  [ "$srunx_real" != / ] || srunx_real=
  set -- $(printf %s "$srunx_real$srunx_rest" | cksum)
  srunx_locks=$HOME/.cache/srunx/locks
  srunx_lock=$srunx_locks/$1-$2
}
srunx_lock_read() {
  srunx_holder=
  { read -r srunx_holder <"$srunx_lock"; } 2>/dev/null || [ -n "$srunx_holder" ]
}
# Arguments: the directory, the token, the lines of the holder, seconds to wait, minutes until it is left, tokens of the dead.
srunx_lock_take() (
  umask 077
  srunx_lock_find "$1"
  token=$2 lines=$3 wait=$(($4 * 2)) lease=$5
  shift 5
  mine=$srunx_lock.$token taken=
  trap 'exit 143' HUP INT TERM
  trap 'rm -f -- "$mine"; [ "$taken" = 1 ] || srunx_lock_drop' EXIT
  mkdir -p -- "$srunx_locks" 2>/dev/null
  { printf %s "$lines" >"$mine"; } 2>/dev/null && [ -O "$srunx_locks" ] || { echo 'srunx-lock unwritable'; echo "$srunx_locks"; exit 75; }
  misses=0
  while :; do
    ln -- "$mine" "$srunx_lock" 2>/dev/null
    srunx_lock_read
    if [ "$srunx_holder" = "$token" ]; then
      taken=1
      echo 'srunx-lock taken'
      exit 0
    fi
    if [ ! -e "$srunx_lock" ]; then
      # It has just become free, or there are no links on this disk.
      misses=$((misses + 1))
      [ "$misses" -lt 3 ] || (set -C; cat "$mine" >"$srunx_lock") 2>/dev/null
      [ "$misses" -lt 9 ] || { echo 'srunx-lock unwritable'; echo "$srunx_locks"; exit 75; }
      continue
    fi
    srunx_lock_break "$srunx_holder" "$lease" "$@" && continue
    [ "$wait" -gt 0 ] || break
    if sleep 0.5 2>/dev/null; then
      wait=$((wait - 1))
    else
      sleep 1
      wait=$((wait - 2))
    fi
  done
  echo 'srunx-lock busy'
  cat "$srunx_lock" 2>/dev/null
  exit 75
)
srunx_lock_is_left() {
  of=$1 age=$2
  shift 2
  for dead; do [ "$of" != "$dead" ] || return 0; done
  [ -n "$(find "$srunx_lock" -prune -mmin "+$age" 2>/dev/null)" ]
}
srunx_lock_break() {
  srunx_lock_is_left "$@" || return 1
  if ! mkdir -- "$srunx_lock.break" 2>/dev/null; then
    # Who made it was killed amid this.
    [ -z "$(find "$srunx_lock.break" -prune -mmin +1 2>/dev/null)" ] || rmdir -- "$srunx_lock.break" 2>/dev/null
    return 1
  fi
  was=$1
  shift
  srunx_lock_read
  if [ "$srunx_holder" = "$was" ] && srunx_lock_is_left "$was" "$@"; then rm -f -- "$srunx_lock"; fi
  rmdir -- "$srunx_lock.break"
  # Of those who were killed before they had it.
  find "$srunx_locks" -name '*-*.*' -type f -mmin +1440 -exec rm -f -- {} + 2>/dev/null
  return 0
}
srunx_lock_drop() {
  srunx_lock_read
  [ "$srunx_holder" = "$token" ] && rm -f -- "$srunx_lock"
}
srunx_lock_release() ( srunx_lock_find "$1"; token=$2; srunx_lock_drop )
srunx_lock_keep() (
  srunx_lock_find "$1"
  srunx_lock_read
  [ "$srunx_holder" = "$2" ] && touch -c -- "$srunx_lock"
)
`;

/** One taking of one lock. */
export interface LockKey {
  /** With its full path. It need not be there. */
  readonly directory: string;
  /** A word. */
  readonly token: string;
}

export interface LockWish extends LockKey {
  readonly holder: LockHolder;
  /** How long to stay there until it is free. */
  readonly waitSeconds: number;
  /** Who has not renewed it for so long has lost it. */
  readonly leaseMinutes: number;
  /** Tokens of holders that are known to be dead. */
  readonly dead: readonly string[];
}

/** Where it does not get the lock. */
export const lockExitCode = 75;

/**
 * Takes the lock, or ends the script with {@link lockExitCode}; what stands behind it runs under the lock. The first line of its output
 * is for {@link parseLockAnswer}. To take what one has already does no harm.
 */
export function takeLockScript({ directory, token, holder, waitSeconds, leaseMinutes, dead }: LockWish): string {
  const words = [directory, token, renderHolder(holder), `${waitSeconds}`, `${leaseMinutes}`, ...dead];
  return `${functions}srunx_lock_take ${quoteWords(words)} || exit\n`;
}

/** Renews the lock; true where it is still held, so that `|| exit` may stand behind it. */
export function keepLockScript(key: LockKey): string {
  return `${functions}${keepLockCall(key)}`;
}

/** Gives the lock back; false where it was not held any more. */
export function releaseLockScript(key: LockKey): string {
  return `${functions}${releaseLockCall(key)}`;
}

/** The same in a script that has taken, renewed or given back one before. */
export function keepLockCall({ directory, token }: LockKey): string {
  return `srunx_lock_keep ${quoteWord(directory)} ${quoteWord(token)}`;
}

export function releaseLockCall({ directory, token }: LockKey): string {
  return `srunx_lock_release ${quoteWord(directory)} ${quoteWord(token)}`;
}

/** For a script that has renewed it: `srunx_is_held` looks again without starting anything, so that it may stand before each step. */
export function renderIsHeld({ directory, token }: LockKey): string {
  return `srunx_lock_find ${quoteWord(directory)}
srunx_is_held() { srunx_lock_read && [ "$srunx_holder" = ${quoteWord(token)} ]; }
`;
}

export type LockAnswer =
  /** `rest`: what the script has printed under the lock. */
  | { readonly kind: 'taken'; readonly rest: string }
  /** `holder`: absent where the lock does not say. */
  | { readonly kind: 'busy'; readonly holder: LockHolder | undefined }
  | { readonly kind: 'unwritable'; readonly directory: string }
  /** It is something else that has failed. */
  | { readonly kind: 'unknown' };

/** Of the standard output. */
export function parseLockAnswer(stdout: string): LockAnswer {
  const [, word, rest = ''] = /^srunx-lock (taken|busy|unwritable)\n(.*)$/s.exec(stdout) ?? [];
  if (word === 'taken') return { kind: 'taken', rest };
  if (word === 'busy') return { kind: 'busy', holder: parseHolder(rest) };
  return word === 'unwritable' ? { kind: 'unwritable', directory: rest.trimEnd() } : { kind: 'unknown' };
}
