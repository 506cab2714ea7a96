/**
 * What the shell of a channel is told first. It takes over the account's login environment, says who and where it is, and learns how to
 * run frames (see `frame.ts`).
 *
 * A login shell may take seconds, and even small programs add up. So its environment is kept in the account's cache directory for a day, or
 * until a start-up file changes: as a POSIX shell reads it (with what is known of the account and its machine), and as bash does, with
 * the functions that it alone knows (`module` is mostly one). Where that is fresh, nothing is started at all.
 *
 * @param now epoch milliseconds, by our clock: how old it is, is told by the same one
 */
export function renderPreamble(mark: string, now: number): string {
  return render(`srunx_hello ${mark}`, now);
}

/** The same for a shell whose answer nobody needs. */
export function renderQuietPreamble(now: number): string {
  return render('srunx_hello - >/dev/null 2>&1', now);
}

function render(hello: string, now: number): string {
  return `srunx_hour=${Math.floor(now / 3_600_000)}\n${preamble}${hello}\n`;
}

/** What a shell does that was told by its request what to do first: it reads the rest, and knows nothing of what came before. */
export const thenRead = `exec /bin/sh\n`;

/** The account at the other end. */
export interface RemoteFacts {
  readonly user: string;
  readonly home: string;
  readonly host: string;
  /** Of the login. */
  readonly shell: string;
  /** Programs that srunx uses and that are not there. */
  readonly missing: readonly string[];
}

/** From what stands between the marks. */
export function parseHello(text: string): RemoteFacts {
  const [user = '', home = '', host = '', shell = '', missing = ''] = text.split('\n');
  return { user, home, host, shell, missing: missing.split(' ').filter(Boolean) };
}

/** Where bash finds the login environment; a word for a shell. */
export const loginFile = '"$HOME/.cache/srunx/login/bash"';

// `export -f -p` is bash's; where there is none, a POSIX shell reads the same file and the line is not run.
const preamble = String.raw`srunx_umask=$(umask)
umask 077
srunx_has() { command -v "$1" >/dev/null 2>&1; }
srunx_dir=$HOME/.cache/srunx/login
srunx_is_fresh() {
  [ -O "$srunx_dir/facts" ] && [ -O "$srunx_dir/sh" ] || return 1
  . "$srunx_dir/facts" 2>/dev/null
  # Homes are shared by machines that differ.
  [ "$srunx_made_on" = "$srunx_host" ] && [ "$((srunx_hour - srunx_made))" -ge 0 ] && [ "$((srunx_hour - srunx_made))" -lt 24 ] || return 1
  srunx_look_at_files
  [ -z "$srunx_newer" ] && [ "$srunx_there" = "$srunx_files" ]
}
# Which of them are there: one that is not there any more is not newer than anything.
srunx_look_at_files() {
  srunx_newer= srunx_there=
  for srunx_file in /etc/profile /etc/profile.d /etc/bash.bashrc /etc/zsh/zprofile "$HOME/.profile" "$HOME/.bash_profile" \
    "$HOME/.bash_login" "$HOME/.bashrc" "$HOME/.zshenv" "$HOME/.zprofile" "$HOME/.zshrc" "$HOME/.login" "$HOME/.cshrc" \
    "$HOME/.tcshrc" "$HOME/.config/fish/config.fish"
  do
    if [ -e "$srunx_file" ]; then srunx_there=$srunx_there+; else srunx_there=$srunx_there-; fi
    if [ "$srunx_file" -nt "$srunx_dir/sh" ]; then srunx_newer=1; fi
  done
}
srunx_ask_login() {
  cat >"$srunx_dir/ask.$$" <<'SRUNX_ASK' || return 1
if ! command -v sbatch >/dev/null 2>&1; then
  { module load slurm || module load slurm/current; } >/dev/null 2>&1 </dev/null
  for srunx_bin in /cm/shared/apps/slurm/current/bin /opt/slurm/bin /usr/local/slurm/bin /usr/local/bin /cluster/slurm/bin; do
    if [ -x "$srunx_bin/sbatch" ] && ! command -v sbatch >/dev/null 2>&1; then PATH=$PATH:$srunx_bin; fi
  done
fi
srunx_new=$SRUNX_ASK
unset srunx_bin SRUNX_ASK SSH_CLIENT SSH_CONNECTION SSH_TTY OLDPWD
# Jobs get it from whoever submits them.
srunx_mask=$(umask)
umask 077
if [ -n "$BASH_VERSION" ]; then { export -p; export -f -p; echo "umask $srunx_mask"; } >"$srunx_new.bash"; fi
/bin/sh -c 'export -p' >"$srunx_new.sh"
SRUNX_ASK
  SRUNX_ASK=$srunx_dir/ask.$$
  export SRUNX_ASK
  case $SHELL in
    */bash | */zsh | */ksh | */ksh93 | */mksh | */fish | */dash | */ash) srunx_shell=$SHELL ;;
    *) srunx_shell=bash ;;
  esac
  srunx_has "$srunx_shell" || srunx_shell=sh
  if srunx_has bash; then srunx_with='bash --noprofile --norc'; else srunx_with=/bin/sh; fi
  if srunx_has timeout; then srunx_limit='timeout -k 5 60'; else srunx_limit=; fi
  (umask "$srunx_umask"; exec $srunx_limit "$srunx_shell" -l -c "exec $srunx_with \"\$SRUNX_ASK\"") </dev/null >/dev/null 2>&1
  unset SRUNX_ASK
  [ -s "$srunx_dir/ask.$$.sh" ] || { rm -f "$srunx_dir/ask.$$"*; return 1; }
  [ ! -e "$srunx_dir/ask.$$.bash" ] || mv -f "$srunx_dir/ask.$$.bash" "$srunx_dir/bash"
  mv -f "$srunx_dir/ask.$$.sh" "$srunx_dir/sh"
  . "$srunx_dir/sh" 2>/dev/null
  srunx_look
  srunx_look_at_files
  echo "srunx_made=$srunx_hour srunx_made_on='$srunx_host' srunx_user='$srunx_user' srunx_missing='$srunx_missing' srunx_files='$srunx_there'" \
    >"$srunx_dir/ask.$$.facts" && mv -f "$srunx_dir/ask.$$.facts" "$srunx_dir/facts"
  rm -f "$srunx_dir/ask.$$"
}
srunx_look() {
  srunx_user=$(id -un)
  srunx_missing=
  for srunx_tool in awk base64 setsid tar; do srunx_has $srunx_tool || srunx_missing="$srunx_missing $srunx_tool"; done
}
srunx_take_login() {
  srunx_kept=1
  if srunx_is_fresh; then . "$srunx_dir/sh" 2>/dev/null; return; fi
  { mkdir -p "$srunx_dir" && chmod 700 "$srunx_dir" && srunx_ask_login; } 2>/dev/null && return
  # A home that cannot be written: asked once in each session.
  srunx_kept=
  srunx_dir=$(mktemp -d) && srunx_ask_login 2>/dev/null || srunx_look
  rm -rf "$srunx_dir"
}
# It would end what takes longer than that.
srunx_without_limit() { if (unset TMOUT) 2>/dev/null; then unset TMOUT; fi; }
# A session may be older than what a start-up file says now.
srunx_refresh() {
  [ -z "$srunx_kept" ] || srunx_is_fresh || { srunx_take_login; srunx_without_limit; }
}
srunx_hello() {
  # Of Linux; elsewhere a program says it.
  { read -r srunx_host </proc/sys/kernel/hostname; } 2>/dev/null || srunx_host=$(uname -n)
  srunx_take_login
  srunx_without_limit
  cd 2>/dev/null
  srunx_session=
  if srunx_has setsid; then srunx_session=setsid; fi
  # The smallest one starts in half the time of the others.
  srunx_awk=awk
  if srunx_has mawk; then srunx_awk=mawk; fi
  if srunx_has $srunx_awk; then srunx_runner=srunx_with_awk; else srunx_runner=srunx_with_sh; fi
  printf '%s\n' "$1" "$srunx_user" "$HOME" "$srunx_host" "$SHELL" "$srunx_missing" "$1 0"
  printf '%s\n' "$1" "$1" >&2
}
srunx_begin() { printf '%s\n' "$1"; printf '%s\n' "$1" >&2; }
srunx_run() { "$srunx_runner" "$@"; }
# Only awk and a few others tell a command that a signal has ended from one that exits with 128 and more.
srunx_with_awk() {
  exec $srunx_session $srunx_awk 'BEGIN {
    status = system(ARGV[2] " /dev/fd/8")
    printf "%s %d\n", ARGV[1], status * 256
    print ARGV[1] > "/dev/stderr"
    exit
  }' "$@"
}
srunx_with_sh() {
  exec $srunx_session sh -c '(eval "$2 /dev/fd/8"); echo "$1 $(($? * 256))"; echo "$1" >&2' sh "$@"
}
srunx_end() { kill -s "$1" -- "-$srunx_job" || kill -s "$1" "$srunx_job"; } 2>/dev/null
srunx_wait() {
  srunx_job=$!
  if read -r srunx_line; then wait; return; fi
  srunx_end TERM
  # What ignores that is ended all the same, without anybody waiting for it.
  (sleep 2; srunx_end KILL) </dev/null >/dev/null 2>&1 &
  wait "$srunx_job"
  exit 0
}
`;
