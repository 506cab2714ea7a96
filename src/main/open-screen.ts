import { writeSync } from 'node:fs';
import type { Screen } from '../cli/screen.ts';

/** Another screen than the one of the shell, no cursor, and lines that end at the edge. */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
/** A terminal that has no other screen is left at the end of the one that it has. */
const leave = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[999;1H\x1b[K\x1b[?1049l';

/** Signals that end a program which does nothing about them. */
const deadly = ['SIGHUP', 'SIGQUIT'] as const;

/** What takes the terminal; `undefined` where there is none. */
export function screenOpener(): (() => Screen) | undefined {
  return process.stdin.isTTY && process.stdout.isTTY ? openScreen : undefined;
}

function openScreen(): Screen {
  const { stdin, stdout } = process;
  let isTaken = false;
  let onChange: () => void = () => undefined;
  const take = () => {
    // A shell that had the terminal meanwhile has set it its own way, of which Node does not know.
    stdin.setRawMode(false).setRawMode(true);
    if (!isTaken) stdout.write(enter);
    isTaken = true;
  };
  const giveBack = () => {
    if (!isTaken) return;
    isTaken = false;
    // Not through the stream: whatever ends the program does not wait for it. A terminal that is gone needs nothing.
    ignoreErrors(() => writeSync(stdout.fd, leave));
    ignoreErrors(() => stdin.setRawMode(false));
  };
  const end = (signal: NodeJS.Signals) => {
    giveBack();
    // Without a listener the signal does what it always does.
    process.removeAllListeners(signal).kill(process.pid, signal);
  };
  const suspend = () => {
    giveBack();
    process.off('SIGTSTP', suspend);
    // Comes back when the program is continued; at once where no shell is there that could do so.
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', suspend);
    resume();
  };
  const resume = () => {
    take();
    onChange();
  };
  const changed = () => onChange();
  for (const signal of deadly) process.on(signal, end);
  process.on('SIGTSTP', suspend).on('SIGCONT', resume).on('exit', giveBack);
  // Before the message about what went wrong, which would be on the screen that goes.
  process.on('uncaughtExceptionMonitor', giveBack);
  stdout.on('resize', changed);
  stdin.setEncoding('utf8').resume();
  take();
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    write: (text) => void stdout.write(text),
    onInput(listener) {
      stdin.on('data', (text) => listener(String(text)));
      stdin.on('end', () => listener(undefined)).on('error', () => listener(undefined));
    },
    onChange(listener) {
      onChange = listener;
    },
    suspend,
    interrupt: () => process.kill(process.pid, 'SIGINT'),
    [Symbol.dispose]() {
      for (const signal of deadly) process.off(signal, end);
      process.off('SIGTSTP', suspend).off('SIGCONT', resume).off('exit', giveBack);
      process.off('uncaughtExceptionMonitor', giveBack);
      stdout.off('resize', changed);
      stdin.removeAllListeners('data').pause();
      giveBack();
    },
  };
}

function ignoreErrors(act: () => unknown): void {
  try {
    act();
  } catch {
    // The terminal is gone.
  }
}
