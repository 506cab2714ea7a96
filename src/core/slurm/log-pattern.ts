export interface LogPatternContext {
  /** The raw id: of the task, not of the array. */
  readonly jobId: string;
  /** The array's master id, or the job's own. */
  readonly arrayJobId: string;
  readonly taskIndex?: number;
  readonly user?: string;
  readonly name?: string;
  /** Short name of the host of the first node. */
  readonly host?: string;
  readonly restarts?: number;
}

/** What Slurm puts for the task index of a job that is no array task. */
const noTask = 4_294_967_294;

/** The path of a log as Slurm expands it. Symbols whose value is not known stay as they are. */
export function expandLogPattern(pattern: string, context: LogPatternContext): string {
  // A backslash anywhere turns expansion off; single backslashes vanish.
  if (pattern.includes('\\')) return pattern.replace(/\\(.?)/gs, '$1');
  return pattern.replace(/%(\d{0,2})([A-Za-z%])/g, (symbol, width: string, letter: string) => {
    const value = symbolValue(letter, context);
    if (value === undefined) return symbol;
    return typeof value === 'number' || /^\d+$/.test(value)
      ? `${value}`.padStart(Math.min(Number(width), 10), '0')
      : value;
  });
}

function symbolValue(letter: string, context: LogPatternContext): string | number | undefined {
  switch (letter) {
    case 'A':
      return context.arrayJobId;
    case 'a':
      return context.taskIndex ?? noTask;
    case 'b':
      return context.taskIndex === undefined ? undefined : context.taskIndex % 10;
    case 'j':
    case 'J':
      return context.jobId;
    case 'N':
      return context.host;
    case 's':
      return 'batch';
    case 'n':
    case 't':
      return 0;
    case 'u':
      return context.user;
    case 'x':
      return context.name;
    case 'r':
      return context.restarts;
    case '%':
      return '%';
    default:
      return undefined;
  }
}

export function defaultLogPattern({ isArray }: { readonly isArray: boolean }): string {
  return isArray ? 'slurm-%A_%a.out' : 'slurm-%j.out';
}
