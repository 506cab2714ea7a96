import type { ExitStatus } from '../../core/slurm/job-observation.ts';

/**
 * What starts a script and writes down how it ended: POSIX sh, because it must outlive the runner, and every system has it.
 * Arguments: status file, umask, script, the script's own arguments.
 *
 * - It begins only at the runner's word on descriptor 3, which comes after the runner has recorded this process: if the
 *   runner dies before, the descriptor closes, and the shim ends without having done anything.
 * - `begin` is written before the script is started: a task without it has certainly not run.
 * - The script runs in the foreground, because a shell starts background commands deaf to INT and QUIT. Signals to the
 *   process group reach the script directly; the traps only keep the shim alive (a trapped signal, unlike an ignored one,
 *   is reset for the script). One that comes before the script is there ends the job at once.
 * - The shell says on its standard error when a signal ended the script ("Killed"), and nothing when the script exited
 *   with 137 by itself: both go to the status file, which tells them apart.
 * - Variables have a prefix: one that is in the environment already would reach the script changed.
 * - What the script left in the background ends with it, as under Slurm. Only if the disk is too full to write down
 *   the exit code, it is passed to the runner, the parent, as its own.
 */
export const shimScript = `srunx_status=$1 srunx_umask=$2 srunx_script=$3 srunx_told=
shift 3
trap : HUP INT QUIT ABRT ALRM USR1 USR2 TSTP TTIN TTOU
trap srunx_told=1 TERM
read -r srunx_word <&3 || exit 0
exec 3<&- 4>&2 2>>"$srunx_status"
echo begin >&2 || exit 71
umask "$srunx_umask"
srunx_code=143
[ "$srunx_told" ] || {
  (exec "$srunx_script" "$@" 2>&4 4>&-)
  srunx_code=$?
}
echo "exit $srunx_code" >&2 && kill -s KILL 0
exit "$srunx_code"`;

export interface ShimStatus {
  /** The script was started, or was about to be. */
  readonly begun: boolean;
  readonly exit: ExitStatus | undefined;
}

/** Reads a status file; a line cut short by a full disk counts only for having begun. */
export function parseShimStatus(text: string): ShimStatus {
  const lines = text.split('\n').slice(0, -1);
  const last = /^exit (\d{1,3})$/.exec(lines.at(-1) ?? '')?.[1];
  const said = lines.slice(0, -1).some((line) => line !== 'begin' && line !== '');
  return { begun: text !== '', exit: last === undefined ? undefined : toExitStatus(Number(last), { said }) };
}

/** Signals whose death a shell does not mention. */
const silentSignals: ReadonlySet<number> = new Set([2, 13]);

/** `said`: the shell wrote a message about the end, such as "Killed". */
export function toExitStatus(code: number, { said }: { readonly said: boolean }): ExitStatus {
  const signal = code - 128;
  return signal > 0 && (said || silentSignals.has(signal)) ? { code: 0, signal } : { code, signal: 0 };
}
