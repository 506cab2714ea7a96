/**
 * A value as Python prints it, which is what Jinja does: `True`, `None`, `1.0`, `1e-05`, `['a', 1]`. Never throws. `isFloat` tells
 * `1.0` from `1`, which JavaScript cannot; nested numbers are taken for what they look like.
 */
export function printValue(value: unknown, isFloat = false): string {
  if (typeof value === 'string') return value;
  return isFloat && typeof value === 'number' ? printFloat(value) : represent(value);
}

function represent(value: unknown): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}` : printFloat(value);
    case 'string':
      return quote(value);
    case 'object':
      return value === null ? 'None' : representObject(value);
    case 'undefined':
      return 'None';
    default:
      return String(value);
  }
}

function representObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(represent).join(', ')}]`;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, item]) => `${represent(key)}: ${represent(item)}`).join(', ')}}`;
}

/** Python changes to exponents below 1e-4 and from 1e16 on, and writes two digits of them. */
function printFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const plain = Object.is(value, -0) ? '-0' : `${value}`;
  return plain.includes('.') ? plain : `${plain}.0`;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replace(/[\\\n\r\t]/g, (letter) => escapes[letter] ?? letter).replaceAll(mark, `\\${mark}`);
  return `${mark}${inside.replace(/[\0-\x1f\x7f]/g, hexEscape)}${mark}`;
}

function hexEscape(letter: string): string {
  return `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
