/** A place in shell text where the value of a variable is to stand, whatever quotes there are around it. */
export function variableMark(name: string): string {
  return `\u0001${name}\u0001`;
}

const mark = /\u0001(\w+)\u0001/y;

export type Inserted = { readonly text: string } | { readonly fault: string };

/**
 * Shell text with a reference in the place of every mark, so that the value is one word, and nothing in it is special to the shell:
 * `"$name"` outside of quotes and within single ones, `${name}` within double ones. The shell's grammar is followed as far as quotes go.
 */
export function insertVariables(text: string): Inserted {
  if (!text.includes('\u0001')) return { text };
  let out = '';
  /** What is open, the innermost last: a command substitution begins outside of quotes again. */
  const open: ('plain' | 'single' | 'double')[] = ['plain'];
  for (let index = 0; index < text.length; ) {
    const state = open.at(-1) ?? 'plain';
    mark.lastIndex = index;
    const found = mark.exec(text);
    if (found !== null) {
      out += reference(found[1] ?? '', state);
      index = mark.lastIndex;
      continue;
    }
    const step = stepOf(text, index, state);
    if (step.hereDocument === true && text.includes('\u0001', index)) {
      return { fault: 'a value of another job cannot stand in a here-document, nor behind one' };
    }
    if (step.pop === true && (open.length > 1 || state !== 'plain')) open.pop();
    if (step.push !== undefined) open.push(step.push);
    // In a comment it has no meaning.
    out += text.slice(index, index + step.length).replaceAll(/\u0001(\w+)\u0001/g, '$$$1');
    index += step.length;
  }
  return { text: out };
}

function reference(name: string, state: 'plain' | 'single' | 'double'): string {
  if (state === 'double') return `\${${name}}`;
  return state === 'single' ? `'"$${name}"'` : `"$${name}"`;
}

interface Step {
  readonly length: number;
  readonly push?: 'plain' | 'single' | 'double';
  readonly pop?: true;
  readonly hereDocument?: true;
}

function stepOf(text: string, index: number, state: 'plain' | 'single' | 'double'): Step {
  const sign = text.charAt(index);
  if (state === 'single') return sign === "'" ? { length: 1, pop: true } : { length: 1 };
  if (sign === '\\' && text.charAt(index + 1) !== '\u0001') return { length: 2 };
  if (text.startsWith('$(', index)) return { length: 2, push: 'plain' };
  if (sign === '"') return state === 'double' ? { length: 1, pop: true } : { length: 1, push: 'double' };
  if (state === 'double') return { length: 1 };
  if (sign === "'") return { length: 1, push: 'single' };
  if (sign === '(') return { length: 1, push: 'plain' };
  if (sign === ')') return { length: 1, pop: true };
  if (text.startsWith('<<<', index)) return { length: 3 };
  if (text.startsWith('<<', index)) return { length: 2, hereDocument: true };
  const comment =
    sign === '#' && /(?:^|[\s;&|(])$/.test(text.slice(0, index)) ? /^#[^\n]*/.exec(text.slice(index)) : null;
  return { length: comment?.[0].length ?? 1 };
}
