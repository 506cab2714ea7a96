import type { Shell } from '../shell/shell.ts';
import type { JobLog } from './find-logs.ts';

export interface ReadEndsRequest {
  readonly shell: Pick<Shell, 'run'>;
  readonly logs: readonly JobLog[];
  readonly signal: AbortSignal | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** Of each log: a message of an error is at its end. */
const bytesEach = 8 * 1024;

/** A line that is longer is no message. */
const longestLine = 400;

/** A file system that hangs must not keep anybody from seeing how a run stands. */
const timeoutMs = 15_000;

// What is no plain file may have no end. The mark is random, so that no log can speak for another.
const script = `mark=$1
shift
for path do
  printf '\\n%s\\n' "$mark"
  [ ! -f "$path" ] || tail -c ${bytesEach} -- "$path" 2>/dev/null
done`;

/**
 * The last lines of some logs, by job id; of a job with two files, what it wrote to standard error, unless that is nothing. One
 * command reads all of them, whatever their size.
 */
export async function readEnds(request: ReadEndsRequest): Promise<ReadonlyMap<string, readonly string[]>> {
  const { shell, logs, signal, randomBytes } = request;
  const paths = [
    ...new Set(logs.flatMap(({ stdout, stderr }) => (stderr === undefined ? [stdout] : [stdout, stderr]))),
  ];
  if (paths.length === 0) return new Map();
  const mark = `srunx ${Buffer.from(randomBytes(12)).toString('hex')}`;
  const argv = ['sh', '-c', script, 'sh', mark, ...paths] as const;
  const { stdout } = await shell.run({ argv: [...argv], timeoutMs, signal });
  const [, ...texts] = `\n${new TextDecoder().decode(stdout)}`.split(`\n${mark}\n`);
  const byPath = new Map(paths.map((path, index) => [path, linesOf(texts[index] ?? '')]));
  return new Map(
    logs.map((log) => {
      const errors = log.stderr === undefined ? [] : (byPath.get(log.stderr) ?? []);
      return [log.jobId, errors.some((line) => line.trim() !== '') ? errors : (byPath.get(log.stdout) ?? [])];
    }),
  );
}

/** The first may be cut, and is then no whole line. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  const whole = Buffer.byteLength(text) >= bytesEach ? lines.slice(1) : lines;
  return whole.map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}...` : line));
}
