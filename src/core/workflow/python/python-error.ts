/** What went wrong in a `python:` value: an error as Python would raise it, or something that is not available or too much here. */
export class PythonError extends Error {
  /** In characters from the beginning of the code; the interpreter knows it where it is raised. */
  offset: number | undefined;
  readonly hint: string | undefined;

  constructor(
    message: string,
    { offset, hint }: { readonly offset?: number | undefined; readonly hint?: string } = {},
  ) {
    super(message);
    this.name = 'PythonError';
    this.offset = offset;
    this.hint = hint;
  }
}

export type PythonErrorType =
  | 'AttributeError'
  | 'IndexError'
  | 'KeyError'
  | 'NameError'
  | 'OverflowError'
  | 'TypeError'
  | 'ValueError'
  | 'ZeroDivisionError';

/** Raises an error that Python has. */
export function raise(type: PythonErrorType, message: string, hint?: string): never {
  throw new PythonError(`${type}: ${message}`, hint === undefined ? {} : { hint });
}

/** Python has it, and `python:` values do not. */
export function refuse(
  what: string,
  offset: number,
  hint = 'Write it as an expression; docs/guide/workflows.md lists what there is.',
): never {
  throw new PythonError(`${what} is not available in \`python:\` values`, { offset, hint });
}

export function syntaxError(message: string, offset: number): never {
  throw new PythonError(`SyntaxError: ${message}`, { offset });
}

/** One of the limits of `python:` values is reached. */
export function exceed(what: string, offset?: number): never {
  throw new PythonError(what, { offset, hint: 'Compute less here; the job itself can compute the rest.' });
}
