import { Writable } from 'node:stream';

/** Asks at the terminal, on standard error, so that standard output stays data. `undefined`: there is nobody to ask. */
export function ask(question: string): Promise<string | undefined> {
  return askAtTerminal({ question });
}

/** The same, without any of the answer on the screen. */
export function askHidden(question: string): Promise<string | undefined> {
  // In raw mode the terminal itself shows nothing; what would be written in its place goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return askAtTerminal({ question, echo: nowhere });
}

async function askAtTerminal({
  question,
  echo,
}: {
  readonly question: string;
  readonly echo?: Writable;
}): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const terminal =
    echo === undefined
      ? createInterface({ input: process.stdin, output: process.stderr })
      : createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 });
  // The terminal is in raw mode, so Ctrl-C arrives as a key.
  terminal.on('SIGINT', () => {
    process.stderr.write('\n');
    process.kill(process.pid, 'SIGINT');
  });
  if (echo !== undefined) process.stderr.write(question);
  try {
    // The end of input (Ctrl-D) is an answer too: not a yes.
    return await Promise.race([
      terminal.question(echo === undefined ? question : ''),
      new Promise<string>((resolve) => terminal.once('close', () => resolve(''))),
    ]);
  } finally {
    if (echo !== undefined) process.stderr.write('\n');
    terminal.close();
  }
}
