import { printable } from '../table.ts';

/** The end of a log as lines, safe on a terminal. */
export interface LogText {
  /** Goes on where the text with the same mark ended, perhaps within a line. Each of its lines begins with the mark. */
  add(text: string, mark?: string): void;
  /** A line of ours between those of the log. */
  remark(line: string): void;
  lines(): readonly string[];
}

/** More is forgotten: who wants it all opens the file. */
const mostLines = 2_000;

/** A line without an end must not fill the memory. */
const longestLine = 20_000;

export function createLogText(): LogText {
  let whole: string[] = [];
  const begun = new Map<string, string>();
  const push = (lines: readonly string[]) => {
    whole = [...whole, ...lines.slice(-mostLines)].slice(-mostLines);
  };
  const unfinished = () => [...begun].flatMap(([mark, text]) => (text === '' ? [] : [mark + shown(text)]));
  return {
    add(text, mark = '') {
      const pieces = `${begun.get(mark) ?? ''}${text}`.split('\n');
      begun.set(mark, (pieces.pop() ?? '').slice(-longestLine));
      push(pieces.map((line) => mark + shown(line)));
    },
    remark(line) {
      push([...unfinished(), printable(line)]);
      begun.clear();
    },
    lines: () => [...whole, ...unfinished()],
  };
}

/** As a terminal would leave it: colours have no meaning here, and a progress bar has drawn over its line. */
function shown(line: string): string {
  const last = line.replace(/\r+$/, '');
  return printable(
    last
      .slice(last.lastIndexOf('\r') + 1)
      .slice(-longestLine)
      .replaceAll(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-B])/g, '')
      .replaceAll('\t', '    '),
  );
}
