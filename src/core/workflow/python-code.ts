/** Where a `python:` value begins, blanks before it included. */
const prefix = /^\s*python:/i;

export function isPython(text: string): boolean {
  return prefix.test(text);
}

export interface PythonCode {
  readonly code: string;
  /** The place in the text for a place in the code. */
  readonly placeInText: (offset: number) => number;
}

/** The code behind `python:`, without the indentation that all of its lines have. */
export function readCode(text: string): PythonCode {
  const start = prefix.exec(text)?.[0].length ?? 0;
  const [first = '', ...rest] = text.slice(start).split('\n');
  const indents = rest.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const common = indents.reduce((least, indent) => Math.min(least, indent), Number.POSITIVE_INFINITY);
  let at = start;
  const lines = [first, ...rest].map((line, index) => {
    const cut = index === 0 ? (/^[ \t]*/.exec(line)?.[0].length ?? 0) : Math.min(common, line.length);
    const found = { line: line.slice(cut), offset: at + cut };
    at += line.length + 1;
    return found;
  });
  const placeInText = (offset: number): number => {
    let before = 0;
    for (const { line, offset: lineOffset } of lines) {
      if (offset <= before + line.length) return lineOffset + offset - before;
      before += line.length + 1;
    }
    return text.length;
  };
  return { code: lines.map(({ line }) => line).join('\n'), placeInText };
}

/**
 * The place in a template for a place in what it is rendered to: the exact one where the line has no tag, else the beginning of the
 * line, or of the text where lines were added.
 */
export function placeInTemplate(template: string, rendered: string, offset: number): number {
  if (template === rendered) return offset;
  const [written, made] = [template.split('\n'), rendered.split('\n')];
  if (written.length !== made.length) return 0;
  const index = rendered.slice(0, offset).split('\n').length - 1;
  const start = (lines: readonly string[]) => lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0);
  const line = written[index] ?? '';
  const column = line === made[index] ? offset - start(made) : line.length - line.trimStart().length;
  return start(written) + column;
}

/**
 * The place in the file for a place in the value of a scalar that begins at `start`: line by line, because blocks are indented. Where
 * the value is not written as it is (escapes, folded lines), the beginning of the scalar.
 */
export function placeInFile(
  file: string,
  { start, value, offset }: { readonly start: number; readonly value: string; readonly offset: number },
): number {
  let before = 0;
  let at = start;
  for (const line of value.split('\n')) {
    const words = line.trim();
    const found = words === '' ? at : file.indexOf(words, at);
    if (found < 0 || !/^(?:[|>][-+\d]*[ \t]*(?:#[^\n]*)?)?[\s"']*$/.test(file.slice(at, found))) return start;
    if (offset <= before + line.length)
      return found + Math.max(0, offset - before - (line.length - line.trimStart().length));
    before += line.length + 1;
    at = found + words.length;
  }
  return start;
}
