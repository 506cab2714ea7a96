/**
 * A template, taken apart as far as we must know it: which names it needs, which of them are alone in their tag, and which are its
 * own. Its meaning is the engine's business.
 */
export interface Template {
  readonly segments: readonly Segment[];
  readonly references: readonly Reference[];
  /** Names that the template sets or loops over itself. */
  readonly locals: ReadonlySet<string>;
  /** Names that the template asks for with `is defined` or `default`: they may be undefined. */
  readonly guarded: ReadonlySet<string>;
  /** Why it cannot be read, in words for the user. */
  readonly fault?: string;
}

export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  /** `raw` and comments go to the engine as they are. */
  | { readonly kind: 'verbatim'; readonly text: string }
  | {
      readonly kind: 'print' | 'statement';
      readonly text: string;
      /** Without the braces; `-` and `+` beside them say what becomes of blanks. */
      readonly body: string;
      readonly left: string;
      readonly right: string;
      /** The reference that a `print` consists of, if it is nothing else. */
      readonly sole: Reference | undefined;
    };

/** `cfg.k`, `deps["a-b"].x`, `list[0]`: a name and what follows it as constants. */
export interface Reference {
  readonly path: readonly string[];
  /** The last part is called: `text.upper()`. */
  readonly called: boolean;
}

/** Longer tags exhaust the engine's stack, and are no work of a person's. */
const maxTagLength = 10_000;

/** Whether there is anything to render. */
export function hasTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || commentStart.test(text);
}

/** `${#array[@]}` is shell, and no comment. */
const commentStart = /(?<!\$)\{#/;

/** A template that cannot be read has a `fault`, and what was found before it. */
export function parseTemplate(text: string): Template {
  const segments: Segment[] = [];
  const found = { references: [] as Reference[], locals: new Set<string>(), guarded: new Set<string>() };
  const start = /\{\{|\{%|(?<!\$)\{#/g;
  let at = 0;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    if (match.index > at) segments.push({ kind: 'text', text: text.slice(at, match.index) });
    const segment = readSegment(text, match.index, found);
    if (typeof segment === 'string') return { segments, ...found, fault: segment };
    segments.push(segment);
    at = match.index + segment.text.length;
    start.lastIndex = at;
  }
  if (at < text.length) segments.push({ kind: 'text', text: text.slice(at) });
  return { segments, ...found };
}

interface Found {
  readonly references: Reference[];
  readonly locals: Set<string>;
  readonly guarded: Set<string>;
}

const rawBlock = /\{%[-+]?\s*raw\s*[-+]?%\}[\s\S]*?\{%[-+]?\s*endraw\s*[-+]?%\}/y;

/** A text instead of a segment says what is wrong. */
function readSegment(text: string, offset: number, found: Found): Segment | string {
  if (text.startsWith('{#', offset)) {
    const end = text.indexOf('#}', offset + 2);
    if (end < 0) return 'a comment begins with `{#` and has no `#}`';
    return { kind: 'verbatim', text: text.slice(offset, end + 2) };
  }
  rawBlock.lastIndex = offset;
  const raw = rawBlock.exec(text)?.[0];
  if (raw !== undefined) return { kind: 'verbatim', text: raw };
  const read = readTag(text, offset);
  if (typeof read === 'string') return read;
  const { tokens, ...tag } = read;
  const references = readReferences(tokens, tag.kind, found);
  found.references.push(...references.map(({ reference }) => reference));
  const [only] = references;
  const isSole = tag.kind === 'print' && references.length === 1 && only?.length === tokens.length;
  return { ...tag, sole: isSole ? only?.reference : undefined };
}

interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign';
  readonly text: string;
}

interface Tag {
  readonly kind: 'print' | 'statement';
  readonly text: string;
  readonly body: string;
  readonly left: string;
  readonly right: string;
  readonly tokens: readonly Token[];
}

const tokenPattern =
  /\s+|(?<string>'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*")|(?<name>[A-Za-z_]\w*)|(?<number>\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?<close>[-+]?(?:\}\}|%\}))|(?<sign>[\s\S])/y;

function readTag(text: string, offset: number): Tag | string {
  const open = text.slice(offset, offset + 2);
  const close = open === '{{' ? '}}' : '%}';
  const left = /^[-+]/.exec(text.slice(offset + 2, offset + 3))?.[0] ?? '';
  const tokens: Token[] = [];
  const start = offset + 2 + left.length;
  let depth = 0;
  tokenPattern.lastIndex = start;
  for (let match = tokenPattern.exec(text); match !== null; match = tokenPattern.exec(text)) {
    const { string, name, number, close: closed, sign } = match.groups ?? {};
    if (closed?.endsWith(close) && depth <= 0) {
      const kind = open === '{{' ? 'print' : 'statement';
      const body = text.slice(start, match.index);
      return { kind, text: text.slice(offset, tokenPattern.lastIndex), body, left, right: closed.slice(0, -2), tokens };
    }
    if (string !== undefined) tokens.push({ kind: 'string', text: string });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (closed !== undefined || sign !== undefined) {
      // Inside of `{ }`, two closing braces are two signs.
      const first = match[0].charAt(0);
      if (first === '"' || first === "'") return `a text in a tag has no closing ${first}`;
      tokens.push({ kind: 'sign', text: first });
      depth += first === '{' ? 1 : first === '}' ? -1 : 0;
      tokenPattern.lastIndex = match.index + 1;
    }
    if (tokenPattern.lastIndex - start > maxTagLength) return `a tag has more than ${maxTagLength} characters`;
  }
  return `a tag begins with \`${open}\` and has no \`${close}\``;
}

interface FoundReference {
  readonly reference: Reference;
  /** In tokens. */
  readonly length: number;
}

const words = new Set('and or not in is if else true false none True False None'.split(' '));

/** Every name in a tag that is no keyword, attribute, filter, test or keyword argument: more than what is used, never less. */
function readReferences(tokens: readonly Token[], kind: Tag['kind'], found: Found): FoundReference[] {
  const references: FoundReference[] = [];
  const text = (index: number): string => tokens[index]?.text ?? '';
  if (kind === 'statement') for (const name of localsOf(tokens)) found.locals.add(name);
  for (let index = kind === 'statement' ? 1 : 0; index < tokens.length; index += 1) {
    if (tokens[index]?.kind !== 'name' || words.has(text(index))) continue;
    const before = text(index - 1);
    const isTest = before === 'is' || (before === 'not' && text(index - 2) === 'is');
    const isArgument = text(index + 1) === '=' && text(index + 2) !== '=';
    if (before === '.' || before === '|' || isTest || isArgument) continue;
    const { path, length } = readPath(tokens, index);
    const after = index + length;
    const test = text(after) === 'is' ? text(text(after + 1) === 'not' ? after + 2 : after + 1) : '';
    const filter = text(after) === '|' ? text(after + 1) : '';
    if (/^(?:un)?defined$/.test(test) || /^(?:default|d)$/.test(filter)) found.guarded.add(path[0] ?? '');
    references.push({ reference: { path, called: text(after) === '(' }, length });
    index += length - 1;
  }
  return references;
}

/** `.name`, `["name"]`, `[0]`. */
function readPath(tokens: readonly Token[], start: number): { readonly path: string[]; readonly length: number } {
  const path = [tokens[start]?.text ?? ''];
  let index = start + 1;
  for (;;) {
    const [first, second, third] = tokens.slice(index, index + 3);
    if (first?.text === '.' && second?.kind === 'name') {
      path.push(second.text);
      index += 2;
    } else if (first?.text === '[' && third?.text === ']' && second !== undefined && isConstant(second)) {
      path.push(second.kind === 'string' ? second.text.slice(1, -1) : second.text);
      index += 3;
    } else return { path, length: index - start };
  }
}

/** What an escape in a string means is the engine's to say. */
function isConstant({ kind, text }: Token): boolean {
  return kind === 'number' ? /^\d+$/.test(text) : kind === 'string' && !text.includes('\\');
}

/** The names that a statement gives a meaning of its own; rather one too many. */
function localsOf(tokens: readonly Token[]): string[] {
  const [keyword, ...rest] = tokens;
  const names = (part: readonly Token[]) => part.flatMap(({ kind, text }) => (kind === 'name' ? [text] : []));
  const before = (sign: string) => {
    const index = rest.findIndex(({ text }) => text === sign);
    return index < 0 ? [] : rest.slice(0, index);
  };
  switch (keyword?.text) {
    case 'for':
      return ['loop', ...names(before('in')), ...(rest.at(-1)?.text === 'recursive' ? ['recursive'] : [])];
    case 'set':
      return names(rest.some(({ text }) => text === '=') ? before('=') : rest.slice(0, 1));
    case 'macro':
    case 'call':
      return ['caller', ...names(rest)];
    case 'block':
    case 'endblock':
    case 'filter':
      return names(rest.slice(0, 1));
    case 'with':
      return rest.flatMap(({ kind, text }, index) => (kind === 'name' && rest[index + 1]?.text === '=' ? [text] : []));
    default:
      return [];
  }
}
