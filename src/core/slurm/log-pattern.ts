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
  /** As `24.11.7`. Younger symbols stay as they are in older releases; without it they are expanded. */
  readonly slurmVersion?: string;
}

/** What Slurm puts for the task index of a job that is no array task. */
const noTask = 4_294_967_294;

/** The releases that brought the symbols which not every release knows. */
const since: Readonly<Record<string, number>> = { b: 24.11, r: 25.11, S: 25.11 };

/** Symbols that stand for numbers: only these are padded. */
const numbers = 'AabjJnrt';

/** Slurm pads to at most ten digits, whatever is asked for. */
const maxWidth = 10;

/** The path of a log as Slurm expands it. Symbols whose value is not known stay as they are. */
export function expandLogPattern(pattern: string, context: LogPatternContext): string {
  // A backslash anywhere turns expansion off; single backslashes vanish.
  if (pattern.includes('\\')) return pattern.replace(/\\(.?)/gs, '$1');
  const release = Number.parseFloat(context.slurmVersion ?? '');
  return pattern.replace(/%(\d*)([A-Za-z%])/g, (symbol, width: string, letter: string) => {
    if (release < (since[letter] ?? 0)) return symbol;
    const value = symbolValue(letter, context);
    if (value === undefined) return symbol;
    return numbers.includes(letter) ? `${value}`.padStart(Math.min(Number(width), maxWidth), '0') : `${value}`;
  });
}

function symbolValue(letter: string, context: LogPatternContext): string | number | undefined {
  switch (letter) {
    case 'A':
      return context.arrayJobId;
    case 'a':
      return context.taskIndex ?? noTask;
    case 'b':
      return (context.taskIndex ?? noTask) % 10;
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
