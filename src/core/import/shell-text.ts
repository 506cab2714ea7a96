/** A word of a shell command, in pieces that a reader can make sense of or not. */
export interface ShellWord {
  /** As written. */
  readonly raw: string;
  readonly pieces: readonly WordPiece[];
}

export type WordPiece =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  /** `operator` is what stands behind the name in braces: `##* `, `:-x`. */
  | { readonly kind: 'variable'; readonly name: string; readonly operator: string; readonly isQuoted: boolean }
  /** `$(…)` and backquotes. */
  | { readonly kind: 'command'; readonly text: string }
  /** What only a shell can say. */
  | { readonly kind: 'unknown'; readonly raw: string };

export type ShellToken =
  | { readonly kind: 'word'; readonly word: ShellWord; readonly line: number }
  | { readonly kind: 'operator'; readonly text: string; readonly line: number }
  /** The lines of a here-document. */
  | { readonly kind: 'document'; readonly text: string; readonly line: number; readonly expands: boolean };

const operators = [
  '<<<',
  '&>>',
  '<<-',
  '&&',
  '||',
  ';;',
  '>>',
  '<<',
  '>&',
  '<&',
  '&>',
  '|&',
  ';',
  '&',
  '|',
  '(',
  ')',
  '<',
  '>',
  '\n',
];

/** The words and operators of a shell script. Never throws: what is not closed goes to the end. */
export function readTokens(script: string, firstLine = 1): readonly ShellToken[] {
  const tokens: ShellToken[] = [];
  const documents: { readonly mark: string; readonly stripsTabs: boolean; readonly expands: boolean }[] = [];
  let at = 0;
  let line = firstLine;
  const countLines = (text: string) => text.split('\n').length - 1;
  while (at < script.length) {
    const blank = /^(?:[ \t\r]+|\\\n)/.exec(script.slice(at, at + 4096))?.[0];
    if (blank !== undefined) {
      line += countLines(blank);
      at += blank.length;
    } else if (script[at] === '#') {
      const end = script.indexOf('\n', at);
      at = end < 0 ? script.length : end;
    } else {
      const operator = operators.find((text) => script.startsWith(text, at));
      if (operator === undefined) {
        const read = readWord(script, at);
        tokens.push({ kind: 'word', word: read.word, line });
        const previous = tokens.at(-2);
        if (previous?.kind === 'operator' && /^<<-?$/.test(previous.text)) {
          const mark = read.word.pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
          const expands = !read.word.pieces.some((piece) => piece.kind === 'text' && piece.isQuoted);
          documents.push({ mark, stripsTabs: previous.text === '<<-', expands });
        }
        line += countLines(script.slice(at, read.end));
        at = read.end;
      } else {
        tokens.push({ kind: 'operator', text: operator, line });
        at += operator.length;
        if (operator !== '\n') continue;
        line += 1;
        for (const { mark, stripsTabs, expands } of documents.splice(0)) {
          const read = readDocument(script, { at, mark, stripsTabs });
          tokens.push({ kind: 'document', text: read.text, line, expands });
          line += countLines(script.slice(at, read.end));
          at = read.end;
        }
      }
    }
  }
  return tokens;
}

function readDocument(
  script: string,
  { at, mark, stripsTabs }: { readonly at: number; readonly mark: string; readonly stripsTabs: boolean },
): { readonly text: string; readonly end: number } {
  const lines: string[] = [];
  let start = at;
  while (start < script.length) {
    const end = script.indexOf('\n', start);
    const text = script.slice(start, end < 0 ? script.length : end);
    const line = stripsTabs ? text.replace(/^\t+/, '') : text;
    start = end < 0 ? script.length : end + 1;
    if (line === mark) break;
    lines.push(`${line}\n`);
  }
  return { text: lines.join(''), end: start };
}

interface ReadWord {
  readonly word: ShellWord;
  readonly end: number;
}

function readWord(script: string, start: number): ReadWord {
  const pieces: WordPiece[] = [];
  let at = start;
  while (at < script.length && !/[ \t\r\n;&|()<>]/.test(script[at] ?? '')) {
    const read = readPiece(script, at);
    pieces.push(...read.pieces);
    at = read.end;
  }
  return { word: { raw: script.slice(start, at), pieces }, end: at };
}

interface ReadPieces {
  readonly pieces: readonly WordPiece[];
  readonly end: number;
}

function readPiece(script: string, at: number): ReadPieces {
  const text = (value: string, end: number, isQuoted: boolean): ReadPieces => ({
    pieces: [{ kind: 'text', text: value, isQuoted }],
    end,
  });
  switch (script[at]) {
    case "'": {
      const end = closing(script, at + 1, "'");
      return text(script.slice(at + 1, end), end + 1, true);
    }
    case '"':
      return readQuoted(script, at + 1);
    case '\\':
      return script[at + 1] === '\n' ? { pieces: [], end: at + 2 } : text(script.slice(at + 1, at + 2), at + 2, true);
    case '$':
    case '`':
      return readExpansion(script, at, false);
    default: {
      const plain = /^[^'"\\$` \t\r\n;&|()<>]+/.exec(script.slice(at))?.[0] ?? (script[at] || ' ');
      const isPattern = /[*?[\]{}]|^~/.test(plain);
      if (isPattern && /[*?[]|\{.*(?:,|\.\.).*\}|^~/.test(plain)) {
        return { pieces: [{ kind: 'unknown', raw: plain }], end: at + plain.length };
      }
      return text(plain, at + plain.length, false);
    }
  }
}

function closing(script: string, from: number, mark: string): number {
  const end = script.indexOf(mark, from);
  return end < 0 ? script.length : end;
}

function readQuoted(script: string, start: number): ReadPieces {
  const pieces: WordPiece[] = [{ kind: 'text', text: '', isQuoted: true }];
  let at = start;
  while (at < script.length && script[at] !== '"') {
    if (script[at] === '\\' && /["\\$`\n]/.test(script[at + 1] ?? '')) {
      const next = script[at + 1] ?? '';
      if (next !== '\n') pieces.push({ kind: 'text', text: next, isQuoted: true });
      at += 2;
    } else if (script[at] === '$' || script[at] === '`') {
      const read = readExpansion(script, at, true);
      pieces.push(...read.pieces);
      at = read.end;
    } else {
      const plain = /^(?:\\(?!["\\$`\n])|[^"\\$`])+/.exec(script.slice(at))?.[0] ?? script[at] ?? '';
      pieces.push({ kind: 'text', text: plain, isQuoted: true });
      at += plain.length;
    }
  }
  return { pieces, end: at + 1 };
}

function readExpansion(script: string, at: number, isQuoted: boolean): ReadPieces {
  if (script[at] === '`') {
    const end = closing(script, at + 1, '`');
    return { pieces: [{ kind: 'command', text: script.slice(at + 1, end) }], end: end + 1 };
  }
  if (script.startsWith('$((', at)) {
    const end = closing(script, at, '))');
    return { pieces: [{ kind: 'unknown', raw: script.slice(at, end + 2) }], end: end + 2 };
  }
  if (script.startsWith('$(', at)) {
    const end = matching(script, at + 2);
    return { pieces: [{ kind: 'command', text: script.slice(at + 2, end) }], end: end + 1 };
  }
  const rest = script.slice(at, at + 4096);
  const [braced, name = '', operator = ''] =
    /^\$\{([A-Za-z_]\w*|[0-9@*#?$!])((?:[^{}]|\{[^{}]*\})*)\}/.exec(rest) ?? [];
  if (braced !== undefined) {
    return { pieces: [{ kind: 'variable', name, operator, isQuoted }], end: at + braced.length };
  }
  const [plain, simple = ''] = /^\$([A-Za-z_]\w*|[0-9@*#?$!])/.exec(rest) ?? [];
  if (plain !== undefined) {
    return { pieces: [{ kind: 'variable', name: simple, operator: '', isQuoted }], end: at + plain.length };
  }
  const [strange = '$'] = /^\$\{[^}]*\}?/.exec(rest) ?? [];
  const piece: WordPiece = strange === '$' ? { kind: 'text', text: '$', isQuoted } : { kind: 'unknown', raw: strange };
  return { pieces: [piece], end: at + strange.length };
}

/** The place of the parenthesis that closes one. */
function matching(script: string, start: number): number {
  let depth = 1;
  for (let at = start; at < script.length; at += 1) {
    const letter = script[at];
    if (letter === '\\') at += 1;
    else if (letter === "'") at = closing(script, at + 1, "'");
    else if (letter === '"') at = readQuoted(script, at + 1).end - 1;
    else if (letter === '(') depth += 1;
    else if (letter === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return script.length;
}
