import type { ShellCommand } from './shell-statements.ts';
import { readStatements } from './shell-statements.ts';
import type { ShellWord, WordPiece } from './shell-text.ts';

/** What a variable of the chain holds, as far as it is known before anything runs. */
export type Value = readonly ValuePiece[];

export type ValuePiece =
  | { readonly kind: 'text'; readonly text: string }
  /** The id of a submission, or the sentence that sbatch prints without `--parsable`. */
  | { readonly kind: 'job'; readonly job: string; readonly form: 'id' | 'sentence' }
  | { readonly kind: 'unknown'; readonly raw: string };

export interface ValueContext {
  readonly variables: ReadonlyMap<string, Value>;
  /** The command of `$(…)`, if it submits a job: what it prints. */
  readonly submit: (command: ShellCommand) => Value | undefined;
  /** Of the statement that is read. */
  readonly line: () => number;
  /** The directory of the script, for `$(dirname "$0")`. */
  readonly directory: string;
}

export function textValue(text: string): Value {
  return text === '' ? [] : [{ kind: 'text', text }];
}

export function evaluateWord({ pieces }: ShellWord, context: ValueContext): Value {
  return merge(pieces.flatMap((piece) => evaluatePiece(piece, context)));
}

/** As a command gets them: an unquoted variable may be several words. */
export function evaluateWords(words: readonly ShellWord[], context: ValueContext): readonly Value[] {
  return words.flatMap((word): readonly Value[] => {
    const value = evaluateWord(word, context);
    const [piece] = word.pieces;
    const isOpen = word.pieces.length === 1 && piece?.kind === 'variable' && !piece.isQuoted;
    const text = textOf(value);
    if (!isOpen || text === undefined) return [value];
    return text.split(/[ \t\n]+/).flatMap((part) => (part === '' ? [] : [textValue(part)]));
  });
}

/** `undefined` where a part of it is known only when the chain runs. */
export function textOf(value: Value): string | undefined {
  const texts = value.map((piece) => (piece.kind === 'text' ? piece.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

function merge(pieces: Value): Value {
  const merged: ValuePiece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (piece.kind === 'text' && last?.kind === 'text')
      merged[merged.length - 1] = { kind: 'text', text: last.text + piece.text };
    else if (piece.kind !== 'text' || piece.text !== '') merged.push(piece);
  }
  return merged;
}

function evaluatePiece(piece: WordPiece, context: ValueContext): Value {
  switch (piece.kind) {
    case 'text':
      return textValue(piece.text);
    case 'unknown':
      return [piece];
    case 'command':
      return evaluateCommand(piece.text, context);
    case 'variable':
      return evaluateVariable(piece, context);
  }
}

function evaluateVariable(
  { name, operator }: Extract<WordPiece, { kind: 'variable' }>,
  { variables }: ValueContext,
): Value {
  const raw = operator === '' ? `$${name}` : `\${${name}${operator}}`;
  const unknown: Value = [{ kind: 'unknown', raw }];
  const value = variables.get(name);
  if (operator === ':-') return value ?? [];
  if (value === undefined) return unknown;
  if (operator === '' || /^:?[-+?=]/.test(operator)) return /^:?\+/.test(operator) ? unknown : value;
  return stripped(value, operator) ?? unknown;
}

/** `##* ` takes the id out of sbatch's sentence, `%%;*` the cluster off an id. */
function stripped(value: Value, operator: string): Value | undefined {
  const [piece, ...others] = value;
  if (piece?.kind !== 'job' || others.length > 0) return undefined;
  if (piece.form === 'sentence' && /^##\*(?:\\ | |\[\[:space:\]\]|' '|" ")$/.test(operator))
    return [{ ...piece, form: 'id' }];
  if (piece.form === 'sentence' && /^\/\/\[[!^](?:0-9|\[:digit:\])\]\/?$/.test(operator))
    return [{ ...piece, form: 'id' }];
  return piece.form === 'id' && /^%%?(?:;|\\;|';'|";")\*$/.test(operator) ? value : undefined;
}

function evaluateCommand(text: string, context: ValueContext): Value {
  const unknown: Value = [{ kind: 'unknown', raw: `$(${text.trim()})` }];
  const statements = readStatements(text, context.line());
  const [statement, ...others] = statements;
  if (statement?.kind !== 'pipeline' || others.length > 0) return unknown;
  const [first, ...filters] = statement.commands;
  if (first === undefined) return unknown;
  const printed =
    first.words[0]?.raw === 'echo' ? echoed(first, context) : (context.submit(first) ?? directoryOf(text, context));
  if (printed === undefined) return unknown;
  return filters.reduce<Value | undefined>((value, filter) => value && filtered(value, filter), printed) ?? unknown;
}

function echoed({ words }: ShellCommand, context: ValueContext): Value {
  const values = words.slice(1).map((word) => evaluateWord(word, context));
  return merge(values.flatMap((value, index) => (index === 0 ? value : [...textValue(' '), ...value])));
}

/** Where the script stands, in the two usual spellings. */
function directoryOf(text: string, { directory }: ValueContext): Value | undefined {
  const command = text.trim().replaceAll(/\s+/g, ' ');
  const name = '(?:\\$0|\\$\\{?BASH_SOURCE(?:\\[0\\]\\})?)';
  const isKnown = new RegExp(
    `^dirname (?:-- )?"?${name}"?$|^cd (?:-- )?"?\\$\\(dirname (?:-- )?"?${name}"?\\)"? (?:>/dev/null(?: 2>&1)? )?&& pwd(?: -P)?$`,
  ).test(command);
  return isKnown ? textValue(directory) : undefined;
}

/** Programs between a pipe's ends that leave the id alone, or take it out of the sentence. */
const filters: readonly (readonly [RegExp, 'id' | 'line'])[] = [
  [/^awk \{ ?print ?\$(?:4|NF|\(NF\)) ?;? ?\}$/, 'id'],
  [/^cut (?:-d {2}-f ?4|-d {3}-f ?4|-f ?4 -d {1,2})$/, 'id'],
  [
    /^grep -(?:o|oE|Eo|oP|Po|E -o|o -E) (?:\[0-9\]\*|\[0-9\]\+|\[0-9\]\\\+|\[\[:digit:\]\][*+]|\\d\+|\[0-9\]\+\$)$/,
    'id',
  ],
  [/^sed (?:-E )?s\/(?:\[\^0-9\]\*?|Submitted batch job |\.\* )\/\/g?$/, 'id'],
  [/^tr -(?:dc|cd) (?:0-9|\[0-9\]|\[:digit:\])$/, 'id'],
  [/^(?:tail|head) (?:-n ?1|-1)$/, 'line'],
  [/^cut -d ?; -f ?1$/, 'line'],
  [/^tr -d (?:\\n|\s*)$/, 'line'],
];

function filtered(value: Value, { words }: ShellCommand): Value | undefined {
  const command = words
    .map(({ pieces }) => pieces.map((piece) => ('text' in piece ? piece.text : '?')).join(''))
    .join(' ');
  const kind = filters.find(([pattern]) => pattern.test(command))?.[1];
  const [piece, ...others] = value;
  if (kind === undefined || piece?.kind !== 'job' || others.length > 0) return undefined;
  return kind === 'line' ? value : [{ ...piece, form: 'id' }];
}
