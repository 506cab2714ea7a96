/** A path with wildcards, cut before the first of them. */
export interface PathGlob {
  /** Without wildcards; may be empty. */
  readonly base: string;
  /** What has to fit below the base, part by part. */
  readonly pattern: string;
}

/** `undefined` for a path without wildcards. Those are `*`, `?` and `[...]`, as in a shell; none of them stands for a slash. */
export function splitGlob(path: string): PathGlob | undefined {
  const parts = path.split('/');
  const first = parts.findIndex(hasWildcard);
  if (first < 0) return undefined;
  return { base: parts.slice(0, first).join('/'), pattern: parts.slice(first).join('/') };
}

function hasWildcard(part: string): boolean {
  return tokensOf(part).some(({ kind }) => kind !== 'text');
}

/**
 * Extended regular expressions, as POSIX has them, of which a whole path has to fit one: `within` for what fits, and all below it;
 * `towards` for that, and the directories on the way to it. A wildcard does not stand for a dot at the beginning of a name.
 */
export function globExpressions({ base, pattern }: PathGlob): { readonly within: string; readonly towards: string } {
  const start = escapeAll(base === '/' ? '' : base);
  const parts = pattern.split('/').map((part) => expressionOf(tokensOf(part), 'start'));
  const within = `${start}${parts.map((part) => `/${part}`).join('')}(/.*)?`;
  const towards = `${start}${parts.map((part) => `(/${part}`).join('')}(/.*)?${')?'.repeat(parts.length)}`;
  return { within, towards };
}

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'set'; readonly isNegated: boolean; readonly inner: string };

function tokensOf(part: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < part.length; ) {
    const set = /^\[([!^]?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]/.exec(part.slice(at));
    const escaped = /^\\(.)/su.exec(part.slice(at));
    const [character = ''] = part.slice(at);
    if (set?.[2]) {
      tokens.push({ kind: 'set', isNegated: set[1] !== '', inner: set[2] });
      at += set[0].length;
    } else if (escaped !== null) {
      tokens.push({ kind: 'text', text: escaped[1] ?? '' });
      at += escaped[0].length;
    } else {
      if (character === '?') tokens.push({ kind: 'one' });
      else if (character !== '*') tokens.push({ kind: 'text', text: character });
      else if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' });
      at += character.length;
    }
  }
  return tokens;
}

/** `start`: nothing stands before it; `hidden`: nothing yet, but a wildcard could. */
function expressionOf([first, ...rest]: readonly Token[], place: 'start' | 'hidden' | 'later'): string {
  if (first === undefined) return '';
  const next = (): string => expressionOf(rest, 'later');
  switch (first.kind) {
    case 'text':
      return escapeAll(first.text) + next();
    case 'one':
      return (place === 'later' ? '[^/]' : '[^/.]') + next();
    case 'set':
      return setExpression(first, place === 'later') + next();
    case 'any': {
      if (place === 'later') return `[^/]*${next()}`;
      const some = `[^/.][^/]*${next()}`;
      const [following] = rest;
      // The name may not begin with a dot because the wildcard stands for nothing.
      if (following === undefined || (following.kind === 'text' && following.text === '.')) return some;
      return `(${some}|${expressionOf(rest, 'hidden')})`;
    }
  }
}

/** A bracket expression knows no escapes: what means something has a place of its own. */
function setExpression({ isNegated, inner }: Token & { readonly kind: 'set' }, mayBeDot: boolean): string {
  const items = inner.match(/\[:[a-z]+:\]|\\?.-\\?[^\]\\]|\\?./gsu) ?? [];
  const plain = items.map((item) => (item.startsWith('[:') ? item : item.replaceAll(/\\(.)/gsu, '$1')));
  const has = (item: string) => plain.includes(item);
  const others = plain.filter((item) => !['-', ']', '^'].includes(item) && (isNegated || item !== '/'));
  const extra = isNegated ? `/${mayBeDot ? '' : '.'}` : '';
  const text = `${has(']') ? ']' : ''}${others.join('')}${extra}${has('^') ? '^' : ''}${has('-') ? '-' : ''}`;
  if (isNegated) return `[^${text}]`;
  if (text === '^') return '\\^';
  return text === '^-' ? '[-^]' : `[${text}]`;
}

function escapeAll(text: string): string {
  return text.replace(/[\\.[\]{}()*+?^$|]/g, '\\$&');
}
