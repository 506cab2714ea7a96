/** A named key, or the character that was typed. */
export type Key = string;

/** What terminals send behind `ESC [` and `ESC O`. */
const sequences: Readonly<Record<string, Key>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
};

const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\b': 'backspace',
  '\x7f': 'backspace',
  '\x02': 'pageup',
  '\x03': 'interrupt',
  '\x06': 'pagedown',
  '\x0c': 'redraw',
  '\x0e': 'down',
  '\x10': 'up',
  '\x15': 'clear',
  '\x1a': 'suspend',
};

export interface ParsedKeys {
  readonly keys: readonly Key[];
  /** The beginning of a sequence of which the rest has not arrived. Where nothing follows, it was the key Esc. */
  readonly rest: string;
}

const whole = /^\x1b(?:\[([0-9;?]*[ -/]*[@-~])|O([@-~]))/;
const begun = /^\x1b(?:\[[0-9;?]*[ -/]*|O)?$/;

/** The keys in what a terminal sent. What no key is known for is left out. */
export function parseKeys(text: string): ParsedKeys {
  const keys: Key[] = [];
  for (let at = 0; at < text.length; ) {
    const left = text.slice(at, at + longest);
    if (begun.test(left) && at + left.length === text.length) return { keys, rest: left };
    const sequence = whole.exec(left);
    const character = String.fromCodePoint(left.codePointAt(0) ?? 0);
    const key =
      sequence === null ? characterKey(character) : sequences[withoutModifiers(sequence[1] ?? sequence[2] ?? '')];
    if (key !== undefined) keys.push(key);
    at += sequence === null ? character.length : sequence[0].length;
  }
  return { keys, rest: '' };
}

/** No sequence is longer; what claims to be is none. */
const longest = 32;

/** With Shift, Alt or Ctrl an arrow is `1;2A` and Page Up `5;2~`: still the same key here. */
function withoutModifiers(sequence: string): string {
  return sequence.replace(/^1;\d+(?=[A-Z]$)/, '').replace(/;\d+(?=~$)/, '');
}

function characterKey(character: string): Key | undefined {
  if (character === '\x1b') return 'escape';
  if (/^[\x00-\x1f\x7f-\x9f]$/.test(character)) return controls[character];
  return character;
}
