import { readTokens, type ShellToken, type ShellWord } from './shell-text.ts';

/** A simple command: `A=1 sbatch a.sh > log`. */
export interface ShellCommand {
  readonly line: number;
  readonly assignments: readonly Assignment[];
  readonly words: readonly ShellWord[];
  readonly redirects: readonly string[];
  /** Of a here-document. */
  readonly document: HereDocument | undefined;
}

export interface HereDocument {
  readonly text: string;
  /** Variables in it are filled in before anybody reads it. */
  readonly expands: boolean;
}

export interface Assignment {
  readonly name: string;
  readonly value: ShellWord;
}

/** A loop, a condition, a function: what it does is known only when it runs. */
export interface ShellBlock {
  readonly kind: 'block';
  readonly before: ';' | '&&' | '||';
  readonly line: number;
  readonly lastLine: number;
  readonly keyword: string;
  /** Of sbatch, in it. */
  readonly calls: number;
  /** Variables that it may change. */
  readonly changed: readonly string[];
}

export interface ShellPipeline {
  readonly kind: 'pipeline';
  readonly line: number;
  readonly commands: readonly ShellCommand[];
  /** What stands between this one and the one before. */
  readonly before: ';' | '&&' | '||';
  readonly isBackground: boolean;
}

export type ShellStatement = ShellBlock | ShellPipeline;

/** The statements of a shell script, one after the other; what is nested in others is not taken apart. */
export function readStatements(script: string, firstLine = 1): readonly ShellStatement[] {
  const statements: ShellStatement[] = [];
  const tokens = readTokens(script, firstLine);
  let at = 0;
  let before: ';' | '&&' | '||' = ';';
  while (at < tokens.length) {
    const token = tokens[at];
    if (token === undefined) break;
    const blockEnd = endOfBlock(tokens, at);
    if (blockEnd !== undefined) {
      statements.push({ ...describeBlock(tokens, at, blockEnd), before });
      before = ';';
      at = blockEnd + 1;
    } else if (token.kind === 'operator' && !/^[<>]|^&>/.test(token.text)) {
      if (token.text === '&&' || token.text === '||') before = token.text;
      else if (token.text !== '\n') before = ';';
      at += 1;
    } else {
      const read = readPipeline(tokens, at);
      if (read.commands.length > 0) {
        const isBackground = isOperator(tokens[read.end], '&');
        statements.push({ kind: 'pipeline', line: token.line, commands: read.commands, before, isBackground });
      }
      before = ';';
      at = Math.max(read.end, at + 1);
    }
  }
  return statements;
}

const openers = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{', '[[']);
const closers: Readonly<Record<string, string>> = {
  if: 'fi',
  for: 'done',
  while: 'done',
  until: 'done',
  select: 'done',
  case: 'esac',
  '{': '}',
  '[[': ']]',
};

function isOperator(token: ShellToken | undefined, ...texts: readonly string[]): boolean {
  return token?.kind === 'operator' && texts.includes(token.text);
}

function wordAt(tokens: readonly ShellToken[], at: number): string {
  const token = tokens[at];
  return token?.kind === 'word' ? token.word.raw : '';
}

/** The last token of what begins here, if it is more than a simple command. */
function endOfBlock(tokens: readonly ShellToken[], at: number): number | undefined {
  const word = wordAt(tokens, at);
  if (isOperator(tokens[at], '(')) return endOfParenthesis(tokens, at);
  if (word === 'function' || isOperator(tokens[at + 1], '(')) {
    const body = tokens.findIndex((_, index) => index > at && wordAt(tokens, index) === '{');
    return body < 0 ? undefined : endOfKeyword(tokens, body);
  }
  return openers.has(word) ? endOfKeyword(tokens, at) : undefined;
}

function endOfParenthesis(tokens: readonly ShellToken[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    if (isOperator(tokens[at], '(')) depth += 1;
    else if (isOperator(tokens[at], ')')) depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length - 1;
}

function endOfKeyword(tokens: readonly ShellToken[], start: number): number {
  const open: string[] = [];
  let isCommand = true;
  for (let at = start; at < tokens.length; at += 1) {
    const word = wordAt(tokens, at);
    if (word !== '' && word === open.at(-1) && (isCommand || word === ']]')) open.pop();
    else if (isCommand && openers.has(word)) open.push(closers[word] ?? '');
    if (open.length === 0) return at;
    isCommand =
      isOperator(tokens[at], ';', '\n', '&', '&&', '||', '|', ';;', '(', ')') ||
      /^(?:do|then|else|elif|!|in)$/.test(word) ||
      openers.has(word);
  }
  return tokens.length - 1;
}

function describeBlock(tokens: readonly ShellToken[], start: number, end: number): Omit<ShellBlock, 'before'> {
  const first = tokens[start];
  const inside = tokens.slice(start, end + 1);
  const calls = inside.filter(
    (token) => token.kind === 'word' && /(?:^|[^\w.-])sbatch(?![\w.-])/.test(token.word.raw),
  ).length;
  const isFunction = isOperator(tokens[start + 1], '(') && !isOperator(first, '(');
  const keyword = isFunction ? `${wordAt(tokens, start)}()` : isOperator(first, '(') ? '(' : wordAt(tokens, start);
  const line = first?.line ?? 1;
  const changed = inside.flatMap((token, index) =>
    token.kind === 'word' ? changedBy(token.word.raw, tokens, start + index) : [],
  );
  return { kind: 'block', line, lastLine: tokens[end]?.line ?? line, keyword, calls, changed: [...new Set(changed)] };
}

/** `A=…`, `for A in`, `read A B`. */
function changedBy(raw: string, tokens: readonly ShellToken[], at: number): readonly string[] {
  const [, assigned] = /^([A-Za-z_]\w*)\+?=/.exec(raw) ?? [];
  if (assigned !== undefined) return [assigned];
  const before = wordAt(tokens, at - 1);
  const isNamed = before === 'for' || before === 'read' || /^read$/.test(wordAt(tokens, at - 2));
  return isNamed && /^[A-Za-z_]\w*$/.test(raw) ? [raw] : [];
}

function readPipeline(
  tokens: readonly ShellToken[],
  start: number,
): { readonly commands: readonly ShellCommand[]; readonly end: number } {
  const commands: ShellCommand[] = [];
  let at = start;
  for (;;) {
    const read = readCommand(tokens, at);
    if (read.command !== undefined) commands.push(read.command);
    at = read.end;
    if (!isOperator(tokens[at], '|', '|&')) break;
    at += 1;
  }
  return { commands, end: at };
}

function readCommand(
  tokens: readonly ShellToken[],
  start: number,
): { readonly command: ShellCommand | undefined; readonly end: number } {
  const assignments: Assignment[] = [];
  const words: ShellWord[] = [];
  const redirects: string[] = [];
  let at = start;
  for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
    if (token.kind === 'operator') {
      if (!/^[<>]|^&>/.test(token.text)) break;
      redirects.push(`${token.text}${wordAt(tokens, at + 1)}`);
      at += 2;
      continue;
    }
    if (token.kind === 'word') {
      const assignment = words.length === 0 ? assignmentOf(token.word) : undefined;
      if (assignment !== undefined) assignments.push(assignment);
      // The number of a file descriptor: `2>/dev/null`.
      else if (!(/^\d$/.test(token.word.raw) && isOperator(tokens[at + 1], '>', '>>', '>&', '<')))
        words.push(token.word);
    }
    at += 1;
  }
  const line = tokens[start]?.line ?? 1;
  const isEmpty = assignments.length + words.length + redirects.length === 0;
  const document = redirects.some((redirect) => /^<<-?[^<]/.test(redirect)) ? documentAfter(tokens, at) : undefined;
  return { command: isEmpty ? undefined : { line, assignments, words, redirects, document }, end: at };
}

function documentAfter(tokens: readonly ShellToken[], from: number): HereDocument | undefined {
  const found = tokens.find((token, index) => index >= from && token.kind === 'document');
  return found?.kind === 'document' ? { text: found.text, expands: found.expands } : undefined;
}

/** `A=1`, `A+=1`: without its name. */
function assignmentOf({ raw, pieces }: ShellWord): Assignment | undefined {
  const [head, name = '', plus = ''] = /^([A-Za-z_]\w*)(\+?)=/.exec(raw) ?? [];
  const [first, ...rest] = pieces;
  if (head === undefined || first?.kind !== 'text') return undefined;
  const value = { raw: raw.slice(head.length), pieces: [{ ...first, text: first.text.slice(head.length) }, ...rest] };
  if (plus === '') return { name, value };
  const before = { kind: 'variable', name, operator: ':-', isQuoted: true } as const;
  return { name, value: { ...value, pieces: [before, ...value.pieces] } };
}
