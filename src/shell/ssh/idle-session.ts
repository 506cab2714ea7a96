import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { type RemoteFacts, renderQuietPreamble } from '../../core/remote/preamble.ts';
import { randomHex } from '../random-bytes.ts';
import type { SessionProcess, SessionWords } from './session-process.ts';

/**
 * A session that outlives the command line that used it, so that the next one finds a shell at the other end that waits for its
 * commands: one round trip instead of three, and no login shell for the other end to start.
 *
 * It is a directory beside the socket of the connection, with pipes to an ssh, and a small script of this machine that holds their ends
 * while nobody else does. Whoever renames the directory has the session. They say so to the script, through one more pipe, and once more
 * when they give it back. When that pipe is closed before, they are gone: the script lets go, and with the input of the session
 * its command ends. It lets go, too, when ssh ends, and after some minutes in which nobody came.
 */
export interface IdleSession {
  readonly process: SessionProcess;
  readonly facts: RemoteFacts;
  /** Since it was last known to be well. */
  readonly idleMs: number;
}

/** A session of this age is not given back: start-up files may say something else by now. */
const maxAgeMs = 30 * 60_000;

/** Takes the session that is at this place, if there is one. */
export function takeIdleSession(place: string): IdleSession | undefined {
  const taken = `${place}.${randomHex(6)}`;
  const files: number[] = [];
  const open = (name: string, flags: number) => {
    files.push(openSync(join(taken, name), flags | constants.O_NONBLOCK));
    return files.at(-1) ?? 0;
  };
  try {
    renameSync(place, taken);
    const lease = patiently(() => openLease(taken));
    files.push(lease);
    const session = {
      ...{ place, taken, lease },
      stdin: open('in', constants.O_WRONLY),
      stdout: open('out', constants.O_RDONLY),
      stderr: open('err', constants.O_RDONLY),
    };
    requireOurs(readFileSync(join(taken, 'hello'), 'utf8'));
    const path = join(taken, 'facts');
    const known = { facts: JSON.parse(readFileSync(path, 'utf8')) as RemoteFacts, idleMs: ageOf(path) };
    return { process: toProcess(session), ...known };
  } catch {
    // There is none, or its ssh has ended, or it is of no use.
    for (const file of files) closeSync(file);
    rmSync(taken, { recursive: true, force: true });
    return undefined;
  }
}

/** Another version of srunx may have left it, and have greeted it with other words. */
function requireOurs(hello: string): void {
  const withoutHour = (text: string) => text.slice(text.indexOf('\n'));
  if (withoutHour(hello) !== withoutHour(renderQuietPreamble(0))) throw new Error('not ours');
}

function openLease(taken: string): number {
  const file = openSync(join(taken, 'lease'), constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    writeSync(file, turn);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** The script listens to one after another, and in between to nobody for a moment. */
function patiently(tell: () => number): number {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; ; tries += 1) {
    try {
      return tell();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'ENXIO' && code !== 'EPIPE') || tries === 50) throw error;
      Atomics.wait(pause, 0, 0, 2);
    }
  }
}

function ageOf(path: string): number {
  return Math.max(0, Date.now() - statSync(path).mtimeMs);
}

interface TakenSession {
  readonly place: string;
  /** Where the directory is now. */
  readonly taken: string;
  readonly lease: number;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

function toProcess({ place, taken, lease, ...files }: TakenSession): SessionProcess {
  const stdin = new Socket({ fd: files.stdin, readable: false, writable: true });
  const [stdout, stderr] = [files.stdout, files.stderr].map(
    (fd) => new Socket({ fd, readable: true, writable: false }),
  );
  if (stdout === undefined || stderr === undefined) throw new Error('two pipes make two sockets');
  const sockets = [stdin, stdout, stderr];
  let isLeased = true;
  const endLease = () => {
    if (isLeased) closeSync(lease);
    isLeased = false;
  };
  const destroy = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    stdin,
    stdout,
    stderr,
    ended: Promise.all([stdout, stderr].map((socket) => new Promise((resolve) => socket.once('close', resolve)))).then(
      () => ({ words: '', code: null }),
    ),
    hold(isHeld) {
      for (const socket of sockets) socket[isHeld ? 'ref' : 'unref']();
    },
    finish() {
      stdin.end();
      endLease();
    },
    kill: destroy,
    leave(isIdle) {
      // What comes now is for the next one.
      stdout.pause();
      stderr.pause();
      if (isIdle && stdin.writableLength === 0) giveBack({ place, taken, lease });
      endLease();
      destroy();
    },
  };
}

/** Unless it is old, or there is another one by now: then it ends with the lease. */
function giveBack({ place, taken, lease }: Pick<TakenSession, 'place' | 'taken' | 'lease'>): void {
  try {
    if (ageOf(join(taken, 'hello')) > maxAgeMs) return;
    const now = new Date();
    utimesSync(join(taken, 'facts'), now, now);
    renameSync(taken, place);
    writeSync(lease, turn);
  } catch {
    // Nor is there anything to give back where it has ended meanwhile.
  }
}

export interface NewIdleSession {
  readonly place: string;
  readonly words: SessionWords;
  readonly env: NodeJS.ProcessEnv;
  /** In which nobody comes: then it ends. Default 5 minutes. */
  readonly patienceSeconds?: number | undefined;
}

/** A place at which a session can be left. */
export interface HeldPlace {
  /** Begins one there, which lives on without us. */
  leave(facts: RemoteFacts): void;
}

/**
 * Prepares to begin a session for those who come later; `undefined` where there is one, idle or in use, or somebody else is about to.
 * Whoever ends without leaving one has left nothing.
 */
export function holdIdlePlace(options: NewIdleSession): HeldPlace | undefined {
  const { place, words, env, patienceSeconds = 300 } = options;
  if (isThereOne(place)) return undefined;
  const directory = `${place}.new`;
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch {
    return undefined;
  }
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text, { mode: 0o600 });
  write('keep', script);
  const args = ['keep', place, String(patienceSeconds), ...words];
  const child = spawn('sh', args, { env, cwd: directory, detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => undefined).unref();
  const stdin = child.stdin as Socket;
  stdin.on('error', () => undefined);
  stdin.unref();
  return {
    leave(facts) {
      try {
        write('hello', renderQuietPreamble(Date.now()));
        write('facts', JSON.stringify(facts));
        stdin.end(turn);
      } catch {
        // It has been there for so long that somebody took it for forgotten.
      }
    },
  };
}

/** Said by whoever takes the session, and once more when they give it back. */
const turn = 'turn\n';

/** What nobody keeps any more is removed; it was left by a script that was killed. */
function isThereOne(place: string): boolean {
  const directory = dirname(place);
  const found = readdirSync(directory).filter((name) => name.startsWith(basename(place)));
  return found.map((name) => join(directory, name)).filter(isKept).length > 0;
}

function isKept(path: string): boolean {
  try {
    closeSync(openSync(join(path, 'lease'), constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    try {
      // Its script may be about to begin, or to end.
      if (ageOf(path) < 10_000) return true;
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It has gone by itself.
    }
    return false;
  }
}

// Each pipe is opened for both ways first, which waits for nobody; later for one, so that the end of the other side is seen. The nap has
// the fourth one open from its first moment on: that pipe is at its end when nobody has come and the nap is over, or whoever came is gone.
const script = `place=$1 patience=$2
shift 2
umask 077
clean() { rm -f in out err lease hello facts keep; rmdir "$(env pwd -P)"; }
# Until somebody leaves a session here, or does not.
read -r word && [ "$word" = turn ] || { clean; exit; }
mkfifo in out err lease || exit 1
exec 3<>in 4<>out 5<>err 7<>lease
cat hello >&3
{
  # Of two, one would be found by nobody.
  if [ ! -e "$place" ]; then mv "$(env pwd -P)" "$place" && "$@"; fi
  [ ! -p lease ] || echo gone >lease
} <in >out 2>err 3>&- 4>&- 5>&- 7>&- &
exec 3>in 4<out 5<err 6<lease 7>&-
hear() { read -r word <&6 && [ "$word" = turn ]; }
wait_for_somebody() {
  exec 7<>lease
  sleep "$patience" >&7 3>&- 4>&- 5>&- 6<&- 7>&- &
  nap=$!
  exec 7>&-
  hear
}
while wait_for_somebody; do
  kill "$nap"
  wait "$nap"
  nap=
  hear || break
done
[ -z "$nap" ] || kill "$nap"
clean
`;
