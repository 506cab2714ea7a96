import { spawn } from 'node:child_process';

/** Runs a shell command at a terminal of its own and types `answer` as soon as it has asked for something (`: ` at the end). */
export function answerAtTerminal(
  command: string,
  {
    question,
    answer,
    env = {},
  }: { readonly question: RegExp; readonly answer: string; readonly env?: NodeJS.ProcessEnv },
): Promise<{ readonly code: number | null; readonly screen: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qefc', command, '/dev/null'], { env: { ...process.env, ...env } });
    let screen = '';
    let hasAnswered = false;
    child.stdout.on('data', (chunk: Buffer) => {
      screen += chunk.toString('latin1');
      if (hasAnswered || !question.test(screen)) return;
      hasAnswered = true;
      child.stdin.write(`${answer}\n`);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, screen }));
  });
}
