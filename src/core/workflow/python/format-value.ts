import { formatByPattern, spendPattern } from './date-text.ts';
import { formatFloat, formatInt, unknownKind } from './format-number.ts';
import { pad, parseFormatSpec } from './format-spec.ts';
import { spend } from './limits.ts';
import { raise } from './python-error.ts';
import { textOf } from './represent.ts';
import { charactersOf, lengthOfText, type PyValue, type Run, typeName } from './values.ts';

/** `format(value, spec)`: what stands in `{value:spec}`. */
export function formatValue(value: PyValue, specText: string, run: Run): string {
  if (specText === '') return textOf(value, run);
  if (typeof value === 'object') return formatObject(value, specText, run);
  const spec = parseFormatSpec(specText, typeName(value));
  spend(run, 2 + ((spec.width + (spec.precision ?? 0)) >> 1));
  switch (typeof value) {
    case 'boolean':
      return formatInt(value ? 1n : 0n, spec);
    case 'bigint':
      return formatInt(value, spec);
    case 'number':
      return formatFloat(value, spec);
    case 'string':
      return formatText(value, spec);
  }
}

function formatText(value: string, spec: ReturnType<typeof parseFormatSpec>): string {
  const { kind, precision } = spec;
  if (kind !== '' && kind !== 's') unknownKind(kind, 'str');
  if (spec.sign !== undefined) raise('ValueError', 'Sign not allowed in string format specifier');
  if (spec.alternate) raise('ValueError', 'Alternate form (#) not allowed in string format specifier');
  if (spec.grouping !== '') raise('ValueError', `Cannot specify '${spec.grouping}' with 's'.`);
  if (spec.align === '=') raise('ValueError', "'=' alignment not allowed in string format specifier");
  const body = precision === undefined ? value : charactersOf(value).slice(0, precision).join('');
  return pad(spec, { body, length: lengthOfText(body), usual: '<' });
}

function formatObject(value: PyValue & (object | null), spec: string, run: Run): string {
  if (value !== null && (value.type === 'date' || value.type === 'datetime')) {
    spendPattern(run, spec);
    return formatByPattern(value, spec);
  }
  return raise('TypeError', `unsupported format string passed to ${typeName(value)}.__format__`);
}
