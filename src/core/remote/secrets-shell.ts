import { quoteWord, quoteWords } from '../quote.ts';
import { deniedRecords } from './secret.ts';

/**
 * The secrets of an account: variables that its jobs get, in a file that only it can read. Everything that touches the file is POSIX
 * sh and runs there. Values come on standard input and stay in files and in the shell's own variables: each argument of a command can
 * be read by everybody on the machine.
 */
export const secretsPath = '~/.config/srunx/secrets.env';

/** What one of the variables holds while it is handed on is limited to twice that. */
const mostBytes = 65_536;

/** In the C locale, so that it is bytes that are compared. */
const record = `^export [A-Za-z_][A-Za-z0-9_]*='([^'[:cntrl:]]|\t|'\\\\'')*'$|^[[:blank:]]*$`;

/** `fail` says what is wrong, in words for {@link parseSecretsFault}, and does not return. */
const guards = `dir=$HOME/.config/srunx
file=$dir/secrets.env
guard() {
  [ ! -h "$1" ] || fail symlink "$1"
  [ -e "$1" ] || return 0
  [ "$2" "$1" ] || fail kind "$1"
  owner=$(stat -c %u -- "$1" 2>/dev/null || stat -f %u -- "$1" 2>/dev/null)
  [ -n "$owner" ] && [ "$owner" = "$(id -u)" ] || fail foreign "$1"
}
check() {
  [ -r "$file" ] || fail unreadable "$file"
  [ "$(($(wc -c <"$file")))" -le ${mostBytes} ] || fail large "$file"
  LC_ALL=C grep -qvE -e ${quoteWord(record)} "$file"
  case $? in
    0)
      line=$(LC_ALL=C grep -nvE -e ${quoteWord(record)} "$file" | cut -d: -f1 | head -n 1)
      # With bytes of zero it is no text, and has no lines.
      case $line in '' | *[!0-9]*) line=0 ;; esac
      fail tampered "$file" "$line" ;;
    1) ;;
    *) fail unreadable "$file" ;;
  esac
}`;

/**
 * A function that prints what a shell has to read so that its children have the secrets, or nothing where there are none. Where
 * something is wrong with the file it prints what, and returns 1.
 *
 * @param except - variables that are said elsewhere
 */
export function renderReadSecrets(except: readonly string[] = []): string {
  const others = except.filter((name) => /^\w+$/.test(name)).map((name) => `^export ${name}=`);
  const drops = [...deniedRecords, ...others].map((pattern) => `-e ${quoteWord(`/${pattern}/d`)}`);
  return `read_secrets() (
  fail() { echo "$*"; exit 1; }
  [ -n "$HOME" ] || exit 0
  ${guards.replaceAll('\n', '\n  ')}
  guard "$dir" -d
  guard "$file" -f
  [ -e "$file" ] || exit 0
  check
  LC_ALL=C sed ${drops.join(' ')} "$file" || exit 1
)`;
}

interface RunWithSecrets {
  readonly except: readonly string[];
  /** Words behind those of the command, where there are secrets. */
  readonly more: readonly string[];
}

/** Runs its arguments with the secrets, or without where there are none or something is wrong with them. */
export function renderRunWithSecrets({ except, more }: RunWithSecrets): string {
  return `${renderReadSecrets(except)}
unset secrets
if secrets=$(read_secrets) && [ -n "$secrets" ]; then
  set -- "$@" ${quoteWords(more)}
  eval "$secrets"
fi
exec "$@"`;
}

/** Exit code of {@link secretsScript} where it says itself what is wrong. */
export const secretsFaultCode = 21;

// Replaces the line of the record that comes first, and drops those of the names in `gone`.
const edit = String.raw`BEGIN { n = split(gone, names, " "); for (i = 1; i <= n; i++) drop[names[i]] = 1 }
step == 1 { new = $0; next }
/^[ \t]*$/ { next }
{
  name = substr($0, 8, index($0, "=") - 8)
  if (name in drop) next
  if (name == key) { if (!done) print new; done = 1; next }
  print
}
END {
  if (key != "" && new == "") exit 3
  if (key != "" && !done) print new
}`;

/**
 * Arguments: `list`, `set` or `unset`; hexadecimal digits of our own; the names. `set` has the record on standard input. Prints the
 * names that were there before. Whoever changes something holds a lock, from reading the file until the new one has its place: what two
 * write at the same moment are both there afterwards. A signal must not leave the lock behind.
 */
export const secretsScript = `LC_ALL=C; export LC_ALL
trap '' HUP INT TERM
umask 077
action=$1 temp=
lock=
fail() {
  echo "$*"
  finish
  exit ${secretsFaultCode}
}
finish() {
  [ -z "$temp" ] || rm -f -- "$temp"
  [ -z "$lock" ] || rmdir -- "$lock"
}
[ -n "$HOME" ] || fail home
${guards}
names() { [ ! -e "$file" ] || sed -n 's/^export \\([A-Za-z0-9_]*\\)=.*/\\1/p' "$file"; }
guard "$dir" -d
guard "$file" -f
if [ "$action" = list ]; then
  [ ! -e "$file" ] || check
  names
  exit 0
fi
[ "$action" = set ] || [ -e "$file" ] || exit 0
mkdir -p -- "$dir" && chmod 700 "$dir" || fail write "$dir"
guard "$dir" -d
tries=0
until mkdir "$dir/.secrets.lock" 2>/dev/null; do
  [ -w "$dir" ] || fail write "$dir"
  tries=$((tries + 1))
  [ "$tries" -le 100 ] || fail locked "$dir/.secrets.lock"
  sleep 0.1 2>/dev/null || sleep 1
done
lock=$dir/.secrets.lock
guard "$file" -f
[ ! -e "$file" ] || check
before=$(names)
source=$file
[ -e "$file" ] || source=/dev/null
new=$dir/.secrets.$2.tmp
shift 2
key= gone=
if [ "$action" = set ]; then key=$1; else gone=$*; exec </dev/null; fi
set -C
true >"$new" || fail write "$dir"
temp=$new
awk -v key="$key" -v gone="$gone" ${quoteWord(edit)} step=1 - step=2 "$source" >|"$temp" || fail write "$dir"
[ "$(($(wc -c <"$temp")))" -le ${mostBytes} ] || fail large "$file"
chmod 600 "$temp" || fail write "$dir"
if [ -s "$temp" ]; then
  mv -f -- "$temp" "$file" || fail write "$dir"
  temp=
else
  rm -f -- "$file" || fail write "$dir"
fi
printf '%s\\n' "$before"
finish`;

const faults = {
  symlink: 'is a symbolic link',
  kind: 'is not what srunx has made there',
  foreign: 'belongs to another account, or its owner cannot be told',
  unreadable: 'cannot be read',
  tampered: 'has a line that srunx has not written',
  large: 'would have, or has, more than 64 KiB',
  locked: 'is held by another process that changes the secrets',
  write: 'cannot be written',
  home: 'cannot be found: the account has no home directory',
} as const;

export interface SecretsFault {
  readonly kind: keyof typeof faults;
  readonly path: string;
  /** For a person. */
  readonly text: string;
}

/** Of what a script has said; `undefined`: it is something else. */
export function parseSecretsFault(said: string): SecretsFault | undefined {
  const [word = '', ...rest] = said.trim().split(' ');
  if (!Object.hasOwn(faults, word)) return undefined;
  const kind = word as SecretsFault['kind'];
  const line = kind === 'tampered' ? Number(rest.pop()) : 0;
  const path = rest.join(' ') || secretsPath;
  const where = line > 0 ? `${path}:${line}` : path;
  return { kind, path, text: `${where} ${faults[kind]}` };
}
