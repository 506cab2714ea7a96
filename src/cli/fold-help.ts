/** Where nothing is known of a terminal. */
const usualColumns = 80;

/**
 * A help text in which no line is wider than the terminal. What explains an option or a command goes on below itself, and a command
 * line goes on behind a backslash, so that it can be copied.
 */
export function foldHelp(text: string, terminal: number = usualColumns): string {
  // Some terminals say that they have none.
  const columns = terminal < 20 ? usualColumns : terminal;
  return text
    .split('\n')
    .flatMap((line) => (line.length <= columns ? [line] : foldLine(line, columns)))
    .join('\n');
}

function foldLine(line: string, columns: number): readonly string[] {
  if (/^ +srunx /.test(line))
    return foldWords(shellWords(line), { columns: columns - 2, head: '  ', indent: 6, end: ' \\' });
  const [, head = ''] = /^( *\S.*? {2,})\S/.exec(line) ?? [];
  // Beside a very long name there would be no room.
  const isTable = head !== '' && head.length <= columns / 2;
  if (!isTable && head !== '') return [head.trimEnd(), ...foldLine(' '.repeat(6) + line.slice(head.length), columns)];
  const start = isTable ? head : (/^ */.exec(line)?.[0] ?? '');
  const words = line.slice(start.length).split(' ');
  return foldWords(words, { columns, head: start, indent: start.length, end: '' });
}

interface Fold {
  readonly columns: number;
  /** What stands before the first word. */
  readonly head: string;
  /** How far the lines below are moved. */
  readonly indent: number;
  /** What stands at the end of a line that goes on. */
  readonly end: string;
}

function foldWords(words: readonly string[], { columns, head, indent, end }: Fold): readonly string[] {
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line + end);
      line = ' '.repeat(indent);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** With their quotes, which may hold blanks; an option together with what stands behind it. */
function shellWords(line: string): readonly string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.flatMap((word, index) => {
    const [before = '', after = ''] = [words[index - 1], words[index + 1]];
    if (isOption(before) && !isOption(word)) return [];
    return isOption(word) && after !== '' && !isOption(after) ? [`${word} ${after}`] : [word];
  });
}

function isOption(word: string): boolean {
  return word.startsWith('-');
}
