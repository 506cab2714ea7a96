import { quoteWord } from '../quote.ts';
import { manifestMode, manifestName } from './manifest.ts';
import { ownerMarkerMode, ownerMarkerName } from './owner-marker.ts';

/**
 * What is done at the other end around a transfer: one script before it and one behind, each a single execution. What they say is one
 * line for each fact, a word and values.
 *
 * Beside a mount's control files the account keeps in its cache, for each directory, which files a sync has left there and in what state: where
 * a later look finds them all as they were, nothing has to be compared one by one.
 */
export interface MountPlace {
  /** Absolute path of the directory there. */
  readonly remote: string;
  /** Names what the account keeps of it. */
  readonly key: string;
}

export interface KnownThere {
  /** Of the sync that left things there. */
  readonly stamp: string;
  /** SHA-256 of the manifest behind it. */
  readonly manifest: string | undefined;
  /** SHA-256 of the owner marker, where this machine has written it. */
  readonly owner?: string | undefined;
}

/**
 * Looks at what is there; changes nothing.
 *
 * @param known as this machine remembers it
 * @param isOnlyLook nothing is done where all is as it was: the mode of the directory is not told then
 */
export function renderOpen(place: MountPlace, known: KnownThere | undefined, isOnlyLook = false): string {
  const look = `srunx_look ${quoteWord(known?.manifest ?? '-')}`;
  const isSame = `srunx_is_same ${quoteWord(known?.stamp ?? '')} ${quoteWord(known?.owner ?? '-')}`;
  return [
    scriptHead(place),
    openFunctions,
    '{ read -r srunx_stamp srunx_digest srunx_manifest srunx_lists <"$srunx_k/state"; } 2>/dev/null && echo "stamp $srunx_stamp"',
    ...(known === undefined ? [] : [`if ${isSame}; then srunx_known${isOnlyLook ? '' : '; srunx_mode'}; else`]),
    look,
    'srunx_mode',
    'srunx_tell_owner',
    ...(known === undefined ? [] : ['fi']),
    'echo over',
    '',
  ].join('\n');
}

// Where all is as it was, what was noted of it then need not be found out again. Each program that is not started is a millisecond.
const openFunctions = `srunx_known() {
  echo 'proof same'
  echo 'directory there'
  if [ "$srunx_manifest" = - ]; then echo 'manifest absent'; else echo "manifest file $srunx_manifest"; fi
  echo "lists $srunx_lists"
  if [ "$srunx_owner" = - ]; then srunx_tell_owner; else echo "owner file $srunx_owner"; fi
}
srunx_mode() { echo "mode $(stat -c %a -- "$srunx_r" 2>/dev/null)"; }
srunx_tell_owner() {
  srunx_file owner "$srunx_r/${ownerMarkerName}"
  srunx_text owner "$srunx_r/${ownerMarkerName}"
}
srunx_look() {
  [ ! -d "$srunx_r" ] || echo 'directory there'
  if srunx_holds_home; then echo "home $HOME"; fi
  if [ -d "$srunx_r" ] && [ -f "$srunx_k/states" ] && [ -n "$(srunx_changed | head -c 1)" ]; then echo "changed files"; fi
  srunx_record=$(srunx_file manifest "$srunx_r/${manifestName}")
  echo "$srunx_record"
  case $srunx_record in "manifest file $1") ;; 'manifest file '*) srunx_tell_manifest ;; esac
  echo "lists $(srunx_hash_of "$srunx_k/list") $(srunx_hash_of "$srunx_k/directories")"
}
# Of some thousand files; a longer one takes more time than a question.
srunx_tell_manifest() {
  [ -z "$(find "$srunx_r/${manifestName}" -prune -size -1024k)" ] ||
    echo "manifest-text $(gzip -c <"$srunx_r/${manifestName}" | base64 | tr -d '\\n')"
}
srunx_is_same() {
  srunx_owner=$2 srunx_whole="$srunx_digest  -"
  [ "$srunx_stamp" = "$1" ] && [ -n "$srunx_digest" ] && [ -n "$srunx_manifest" ] || return 1
  set -- -
  if [ "$srunx_manifest" = - ]; then
    [ ! -e "$srunx_r/${manifestName}" ] && [ ! -L "$srunx_r/${manifestName}" ] || return 1
  else
    srunx_is_ours "$srunx_r/${manifestName}" || return 1
    set -- "$@" ${manifestName}
    srunx_whole="$srunx_whole
$srunx_manifest  ${manifestName}"
  fi
  if [ "$srunx_owner" != - ]; then
    srunx_is_ours "$srunx_r/${ownerMarkerName}" || return 1
    set -- "$@" ${ownerMarkerName}
    srunx_whole="$srunx_whole
$srunx_owner  ${ownerMarkerName}"
  fi
  [ "$(cd -- "$srunx_r" && srunx_proof "$@")" = "$srunx_whole" ]
}
srunx_is_ours() { [ ! -L "$1" ] && [ -f "$1" ] && [ -r "$1" ] && [ -O "$1" ]; }`;

export interface CloseScript {
  readonly place: MountPlace;
  /** Absent: it is kept, for what is submitted now. */
  readonly release: string | undefined;
  /** A file there that must have this content; where it has not, nothing is recorded. */
  readonly verify: { readonly path: string; readonly sha256: string } | undefined;
  /** As base64 of what gzip has made of it, as all that is written; absent: it stays as it is. */
  readonly owner: string | undefined;
  readonly manifest: string | undefined;
  /** SHA-256 of the manifest that is there, where it stays as it is and that is known. */
  readonly manifestThere?: string | undefined;
  /** Absent: nothing is remembered of what is there now. */
  readonly state: SentState | undefined;
  /** Lines of a script that are run before anything is looked at: what they write is looked at like the rest. */
  readonly work?: readonly string[] | undefined;
}

export interface SentState {
  /** Names it. */
  readonly stamp: string;
  /** SHA-256 of size, second and name of all files and links, a line for each, as they were sent: what has changed there since then is not remembered. */
  readonly sent: string;
  /** Where rsync has not looked at them: of type and mode as well, and then of those of all directories. */
  readonly whole?: string | undefined;
  /** Names of all files and links, each with a NUL behind it; absent: they are known there. */
  readonly list: string | undefined;
  /** The same of directories. */
  readonly directories: string | undefined;
  /** SHA-256 of both lists. */
  readonly lists: readonly [list: string, directories: string];
}

/**
 * Is given to a shell as its input: manifests may be long.
 *
 * @param onlyAsSent nothing is recorded, and the lock is kept, where something is not there as it was sent; then it does not come to its end
 */
export function renderClose(
  { place, release, verify, owner, manifest, manifestThere, state, work = [] }: CloseScript,
  onlyAsSent = false,
): string {
  return [
    scriptHead(place),
    putFunction,
    'srunx_sent=',
    ...work,
    ...(verify === undefined ? [] : verifyLines(verify)),
    'if [ -z "$srunx_refused" ]; then',
    ...(state === undefined ? [] : lookLines(state)),
    ...(onlyAsSent ? ['[ "$srunx_sent" = yes ] || exit 0'] : []),
    ...putLines('manifest', `$srunx_r/${manifestName}`, { mode: manifestMode, text: manifest }),
    ...putLines('owner', `$srunx_r/${ownerMarkerName}`, { mode: ownerMarkerMode, text: owner }),
    `srunx_manifest=${(manifest === undefined ? manifestThere : undefined) ?? `$(srunx_hash_of "$srunx_r/${manifestName}")`}`,
    'echo "manifest $srunx_manifest"',
    ...(state === undefined ? [] : ['if [ "$srunx_sent" = yes ]; then', ...stateLines(state), 'fi']),
    'fi',
    'srunx_restore_mode',
    ...(release === undefined ? [] : [release]),
    'echo over',
    '',
  ].join('\n');
}

interface Content {
  readonly mode: string;
  readonly text: string | undefined;
}

function putLines(name: string, path: string, { mode, text }: Content): readonly string[] {
  return text === undefined
    ? []
    : [`srunx_put ${name} "${path}" ${mode} gzip <<'${endOfText}'`, ...folded(text), endOfText];
}

/** Whether all is there as it was sent. */
function lookLines({ list, directories, sent, whole }: SentState): readonly string[] {
  return [
    'mkdir -p -- "$srunx_k" 2>/dev/null && rm -f -- "$srunx_k/state"',
    ...putLines('list', '$srunx_k/list', { mode: '600', text: list }),
    ...putLines('directories', '$srunx_k/directories', { mode: '600', text: directories }),
    `srunx_listed list '%s %Y %f %n' >"$srunx_k/states.new" 2>/dev/null`,
    whole === undefined
      ? `if [ "$(sed 's/^\\([0-9]* -*[0-9]*\\) [0-9a-f]* /\\1 /' "$srunx_k/states.new" | srunx_hash)" = ${sent} ]; then srunx_sent=yes; fi`
      : `if [ "$({ cat "$srunx_k/states.new"; srunx_listed directories '%f %n'; } | srunx_hash)" = ${whole} ]; then srunx_sent=yes; fi`,
  ];
}

function stateLines({ stamp, list, directories, lists: [ofList, ofDirectories] }: SentState): readonly string[] {
  const hashes = [
    list === undefined ? ofList : '$(srunx_hash_of "$srunx_k/list")',
    directories === undefined ? ofDirectories : '$(srunx_hash_of "$srunx_k/directories")',
  ];
  return [
    'mv -f -- "$srunx_k/states.new" "$srunx_k/states"',
    `srunx_digest=$({ cat -- "$srunx_k/states"; srunx_listed directories '%f %n'; } | srunx_hash)`,
    `srunx_lists="${hashes.join(' ')}"`,
    `{ echo "${stamp} $srunx_digest \${srunx_manifest:--} $srunx_lists" >"$srunx_k/state"; } 2>/dev/null && echo 'kept' || echo 'failed state'`,
  ];
}

export interface KeepScript {
  readonly backupDir: string;
  /** Names of files. */
  readonly files: readonly string[];
  /** Names of all directories that are here. */
  readonly directories: readonly string[];
}

/**
 * Before a transfer: what was sent once and has been changed there since, by a job or by hand, gets a second name beside, which it keeps when
 * the first one is replaced; so do files that are named. A link there in the place of a directory that is here is told, unless it was sent
 * from here: the directory was moved to another disk. And the mode of the directory itself, which the transfer sets to that of here.
 */
export function renderKeep(place: MountPlace, { backupDir, files, directories }: KeepScript): string {
  return [
    scriptHead(place),
    `srunx_b=${quoteWord(backupDir)}`,
    'srunx_keep() {',
    '  if [ ! -f "$srunx_r/$1" ] || [ -L "$srunx_r/$1" ] || [ -e "$srunx_b/$1" ]; then return; fi',
    '  mkdir -p -- "$(dirname -- "$srunx_b/$1")" && ln -- "$srunx_r/$1" "$srunx_b/$1"',
    '}',
    '{',
    ...files.map((name) => `srunx_keep ${quoteWord(name)}`),
    'if [ -f "$srunx_k/states" ]; then srunx_changed | while read -r srunx_n; do srunx_keep "$srunx_n"; done; fi',
    '} 2>/dev/null',
    ...checkLines(directories),
    'echo over',
    '',
  ].join('\n');
}

/** Where nothing is to be kept: the mode and the links alone. */
export function renderCheck(place: MountPlace, directories: readonly string[]): string {
  return [scriptHead(place), ...checkLines(directories), 'echo over', ''].join('\n');
}

function checkLines(directories: readonly string[]): readonly string[] {
  return [
    'mkdir -p -- "$srunx_k" 2>/dev/null',
    `[ -s "$srunx_k/mode" ] || stat -c %a -- "$srunx_r" >"$srunx_k/mode" 2>/dev/null`,
    'srunx_linked() {',
    '  if [ ! -L "$srunx_r/$1" ] || { [ -f "$srunx_k/list" ] && tr "\\0" "\\n" <"$srunx_k/list" | grep -qxF -e "$1"; }; then return; fi',
    '  printf "linked %s %s\\0" "$(stat -c "%s %Y" -- "$srunx_r/$1" 2>/dev/null || echo "0 0")" "$1"',
    '}',
    ...directories.map((name) => `srunx_linked ${quoteWord(name)}`),
  ];
}

/** Behind it: only what was replaced stays there. Says how many these are, and then the first of their names. */
export function renderKept(backupDir: string): string {
  return `LC_ALL=C; export LC_ALL
[ -d ${quoteWord(backupDir)} ] || exit 0
cd -- ${quoteWord(backupDir)} || exit 0
find . -type f -links +1 -exec rm -f -- {} +
find . -depth -type d -empty -exec rmdir -- {} + 2>/dev/null
[ -d ${quoteWord(backupDir)} ] || exit 0
find . -type f | wc -l
find . -type f | head -n 5
`;
}

const endOfText = 'SRUNX_END';

/** In lines that every shell reads. */
export function folded(text: string): readonly string[] {
  return text.match(/.{1,65536}/g) ?? [];
}

function verifyLines({ path, sha256 }: { readonly path: string; readonly sha256: string }): readonly string[] {
  return [
    `srunx_found=$(srunx_hash_of ${quoteWord(path)})`,
    `if [ ! -f ${quoteWord(path)} ]; then echo 'verify absent'; srunx_refused=1`,
    'elif [ -z "$srunx_found" ]; then echo "verify unknown"',
    `elif [ "$srunx_found" != ${sha256} ]; then echo "verify differs $srunx_found"; srunx_refused=1; fi`,
  ];
}

// `stat` says of each file its size, time, type and mode, as far as rsync compares them; where it is not GNU's, or one of them is gone,
// nothing is the same.
export const scriptHead = ({ remote, key }: MountPlace) => `LC_ALL=C
export LC_ALL
umask 077
srunx_refused=
srunx_r=${quoteWord(remote)}
srunx_k=$HOME/.cache/srunx/sync/${key}
srunx_sums() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; elif command -v shasum >/dev/null 2>&1; then shasum -a 256 "$@"; else cat >/dev/null; fi
}
srunx_hash() { srunx_sums | { read -r srunx_sum srunx_more && echo "$srunx_sum"; }; }
srunx_hash_of() { [ ! -f "$1" ] || srunx_hash 2>/dev/null <"$1"; }
srunx_file() {
  if [ -L "$2" ]; then echo "$1 symlink"
  elif [ ! -e "$2" ]; then echo "$1 absent"
  elif [ ! -f "$2" ]; then echo "$1 other"
  elif [ ! -r "$2" ]; then echo "$1 unreadable"
  elif [ ! -O "$2" ]; then echo "$1 foreign"
  else echo "$1 file $(srunx_hash_of "$2")"; fi
}
srunx_text() { if [ -f "$2" ] && [ ! -L "$2" ] && [ -r "$2" ]; then echo "$1-text $(head -c 65536 <"$2" | base64 | tr -d '\\n')"; fi; }
srunx_listed() {
  [ -f "$srunx_k/$1" ] || { echo "gone $$ $(date)"; return; }
  [ ! -s "$srunx_k/$1" ] || (cd -- "$srunx_r" && xargs -0 stat -c "$2" -- <"$srunx_k/$1") 2>/dev/null || echo "changed $$ $(date)"
}
srunx_holds_home() {
  srunx_real=$(unset CDPATH; cd -P -- "$srunx_r" 2>/dev/null && pwd -P) || srunx_real=$srunx_r
  case $(unset CDPATH; cd -P -- "$HOME" && pwd -P)/ in "\${srunx_real%/}"/*) return 0 ;; esac
  return 1
}
# Names of files that are not in the state in which they were left; one with a line break in it is not among them.
srunx_changed() {
  srunx_listed list '%s %Y %f %n' | awk 'NR == FNR { known[$0]; next } !($0 in known) && NF > 3 { sub(/^[^ ]+ [^ ]+ [^ ]+ /, ""); print }' "$srunx_k/states" -
}
srunx_restore_mode() {
  [ -s "$srunx_k/mode" ] || return 0
  chmod -- "$(cat "$srunx_k/mode")" "$srunx_r" 2>/dev/null
  rm -f -- "$srunx_k/mode"
}
# Its hash, and those of files, each in a line.
srunx_proof() { { srunx_listed list '%s %Y %f %n'; srunx_listed directories '%f %n'; } | srunx_sums "$@"; }`;

// A file appears whole or not at all, in the place of no link and no directory, and is written where nobody else can reach it.
export const putFunction = `srunx_put() {
  srunx_d=\${2%/*}
  if [ -L "$2" ] || [ -d "$2" ]; then cat >/dev/null; echo "failed $1 another thing is in its place"; return; fi
  srunx_t=$srunx_d/.srunx-write.$$
  srunx_sweep "$srunx_d"
  if ! mkdir -m 700 -- "$srunx_t" 2>/dev/null || [ ! -O "$srunx_t" ]; then cat >/dev/null; echo "failed $1 nothing can be written there"; return; fi
  trap 'rm -f -- "$srunx_t/file"; rmdir -- "$srunx_t"; exit 143' HUP INT TERM PIPE
  if srunx_why=$({ base64 -d | \${4:-cat} \${4:+-dc} >"$srunx_t/file" && { [ "$3" = 600 ] || chmod "$3" "$srunx_t/file"; }; } 2>&1) && [ ! -L "$2" ] && [ ! -d "$2" ] &&
    mv -f -- "$srunx_t/file" "$2" 2>/dev/null && [ -f "$2" ] && [ ! -L "$2" ]
  then srunx_end="wrote $1"; else srunx_end="failed $1 $(printf %s "$srunx_why" | tr '\\n' ' ')"; fi
  [ ! -e "$srunx_t/file" ] || rm -f -- "$srunx_t/file"
  rmdir -- "$srunx_t"
  trap - HUP INT TERM PIPE
  echo "$srunx_end"
}
# What was left by one whose machine went down amid this.
srunx_sweep() {
  for srunx_left in "$1"/.srunx-write.*; do
    if [ ! -d "$srunx_left" ] || [ -L "$srunx_left" ] || [ ! -O "$srunx_left" ]; then continue; fi
    [ -z "$(find "$srunx_left" -prune -mmin +60 2>/dev/null)" ] || rm -rf -- "$srunx_left" 2>/dev/null
  done
}`;

export type ControlFile = 'absent' | 'symlink' | 'other' | 'unreadable' | 'foreign' | { readonly sha256: string };

export interface OpenAnswer {
  /** What it said to the end. */
  readonly isWhole: boolean;
  /** There is such a directory. */
  readonly isThere: boolean;
  /** Permissions of the directory, in octal digits; absent where they are not known. */
  readonly mode: string | undefined;
  /** The home that the directory is, or that lies in it. */
  readonly home: string | undefined;
  /** Something that was sent once has been changed there since. */
  readonly isChanged: boolean;
  /** All that was sent is as it was, and nobody else has sent anything since. */
  readonly isSame: boolean;
  /** Of the sync whose list of files is kept there. */
  readonly stamp: string | undefined;
  readonly owner: ControlFile;
  readonly ownerText: string | undefined;
  readonly manifest: ControlFile;
  /** As base64 of what gzip has made of it; absent where it is known, long, or cannot be read. */
  readonly manifestText: string | undefined;
  /** SHA-256 of the list of files that is kept there, and of that of directories. */
  readonly lists: readonly string[];
}

/** @param decode of base64 to text */
export function parseOpen(text: string, decode: (base64: string) => string): OpenAnswer {
  const facts = readFacts(text);
  const file = (name: string): ControlFile => {
    const [kind = 'absent', sha256 = ''] = (facts.get(name) ?? '').split(' ');
    return kind === 'file' ? { sha256 } : kind === '' ? 'absent' : (kind as Exclude<ControlFile, object>);
  };
  const ownerText = facts.get('owner-text');
  return {
    isWhole: facts.has('over'),
    isThere: facts.has('directory'),
    mode: facts.get('mode') || undefined,
    home: facts.get('home'),
    isChanged: facts.has('changed'),
    isSame: facts.get('proof') === 'same',
    stamp: facts.get('stamp'),
    owner: file('owner'),
    ownerText: ownerText === undefined ? undefined : decode(ownerText),
    manifest: file('manifest'),
    manifestText: facts.get('manifest-text'),
    lists: (facts.get('lists') ?? '').split(' '),
  };
}

export interface CloseAnswer {
  /** What it said to the end. */
  readonly isWhole: boolean;
  readonly verify: 'absent' | 'unknown' | 'differs' | undefined;
  /** Of the file that differs. */
  readonly found: string | undefined;
  /** SHA-256 of the manifest as it is now. */
  readonly manifest: string | undefined;
  /** Everything is there as it was sent, and that is remembered. */
  readonly isKept: boolean;
  /** What could not be written, and why. */
  readonly failed: ReadonlyMap<string, string>;
}

export function parseClose(text: string): CloseAnswer {
  const facts = readFacts(text);
  const [verify, found] = (facts.get('verify') ?? '').split(' ');
  const failed = text.split('\n').flatMap((line) => {
    const [, name, why = ''] = /^failed (\S+) ?(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, why] as const];
  });
  return {
    isWhole: facts.has('over'),
    verify: verify === '' ? undefined : (verify as CloseAnswer['verify']),
    found,
    manifest: facts.get('manifest') || undefined,
    isKept: facts.has('kept'),
    failed: new Map(failed),
  };
}

function readFacts(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf(' ');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
