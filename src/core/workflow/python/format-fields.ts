import { formatValue } from './format-value.ts';
import { joinTexts, spend } from './limits.ts';
import { raise } from './python-error.ts';
import { represent, representAscii, textOf } from './represent.ts';
import type { CallArguments, PyValue, Run } from './values.ts';

/** `"{} {name:>5}".format(value, name=value)`. */
export function formatFields(text: string, args: CallArguments, run: Run): string {
  return fill(text, { args, run, next: { index: 0, isNamed: false }, isSpec: false });
}

interface Filling {
  readonly args: CallArguments;
  readonly run: Run;
  /** Of the fields without a number. */
  readonly next: { index: number; isNamed: boolean };
  readonly isSpec: boolean;
}

function fill(text: string, filling: Filling): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const letter = text.charAt(at);
    if ((letter === '{' || letter === '}') && text.charAt(at + 1) === letter && !filling.isSpec) {
      parts.push(letter);
      at += 2;
    } else if (letter === '{') {
      const end = endOfField(text, at);
      parts.push(fillField(text.slice(at + 1, end), filling));
      at = end + 1;
    } else if (letter === '}') {
      raise('ValueError', "Single '}' encountered in format string");
    } else {
      const plain = /[^{}]+/y;
      plain.lastIndex = at;
      const found = plain.exec(text)?.[0] ?? '';
      parts.push(found);
      at += found.length;
    }
  }
  return joinTexts(filling.run, parts);
}

function endOfField(text: string, start: number): number {
  let open = 0;
  for (let at = start; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === '{') open += 1;
    else if (letter === '}') open -= 1;
    if (open === 0) return at;
  }
  return raise(
    'ValueError',
    start === text.length - 1 ? "Single '{' encountered in format string" : "expected '}' before end of string",
  );
}

function fillField(field: string, filling: Filling): string {
  const { run, isSpec } = filling;
  if (isSpec && field.includes('{')) raise('ValueError', 'Max string recursion exceeded');
  spend(run, 1 + (field.length >> 4));
  const {
    name = '',
    conversion,
    spec = '',
  } = /^(?<name>[^!:]*)(?:!(?<conversion>[^:]*))?(?::(?<spec>[\s\S]*))?$/.exec(field)?.groups ?? {};
  if (/[.[]/.test(name)) {
    raise('ValueError', `\`{${name}}\` of \`format\` is not available`, 'Write an f-string: f"{value[0]}".');
  }
  const value = argumentFor(name, filling);
  const converted = convert(value, conversion, run);
  return formatValue(converted, spec.includes('{') ? fill(spec, { ...filling, isSpec: true }) : spec, run);
}

function convert(value: PyValue, conversion: string | undefined, run: Run): PyValue {
  switch (conversion) {
    case undefined:
      return value;
    case 'r':
      return represent(value, run);
    case 's':
      return textOf(value, run);
    case 'a':
      return representAscii(value, run);
    default:
      return raise('ValueError', `Unknown conversion specifier '${conversion}'`);
  }
}

function argumentFor(name: string, { args, next }: Filling): PyValue {
  const isNumber = /^\d+$/.test(name);
  if (!isNumber && name !== '') {
    return args.keywords.get(name) ?? (args.keywords.has(name) ? null : raise('KeyError', `'${name}'`));
  }
  if (isNumber && next.index > 0) switched('automatic field numbering to manual field specification');
  if (!isNumber && next.isNamed) switched('manual field specification to automatic field numbering');
  const index = isNumber ? Number(name) : next.index;
  if (isNumber) next.isNamed = true;
  else next.index += 1;
  const value = args.positional[index];
  if (value !== undefined) return value;
  return raise('IndexError', `Replacement index ${index} out of range for positional args tuple`);
}

function switched(what: string): never {
  return raise('ValueError', `cannot switch from ${what}`);
}
