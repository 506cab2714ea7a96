import { raise } from './python-error.ts';
import type { CallArguments, PyFunction, PyValue, Run } from './values.ts';

export interface Signature {
  readonly name: string;
  /** Parameters, in order. Those that may be left out end in `?`; those that only a name can give begin with `*`. */
  readonly parameters: readonly string[];
}

/** The arguments of a call by parameter; `undefined` where it is left out. */
export function bind(
  { name, parameters }: Signature,
  { positional, keywords }: CallArguments,
): (PyValue | undefined)[] {
  const plain = parameters.map((parameter) => parameter.replace(/^\*|\?$/g, ''));
  const most = parameters.filter((parameter) => !parameter.startsWith('*')).length;
  const count = (wanted: number) => `${wanted} argument${wanted === 1 ? '' : 's'}`;
  if (positional.length > most) {
    raise('TypeError', `${name}() takes at most ${count(most)} (${positional.length} given)`);
  }
  for (const [keyword] of keywords) {
    const index = plain.indexOf(keyword);
    if (index < 0) raise('TypeError', `'${keyword}' is an invalid keyword argument for ${name}()`);
    if (index < positional.length) raise('TypeError', `${name}() got multiple values for argument '${keyword}'`);
  }
  return parameters.map((parameter, index) => {
    if (index < positional.length && index < most) return positional[index];
    const given = keywords.get(plain[index] ?? '');
    if (given !== undefined) return given;
    const isOptional = parameter.endsWith('?') || parameter.startsWith('*');
    return isOptional ? undefined : raise('TypeError', `${name}() missing argument '${plain[index]}'`);
  });
}

type Body = (args: readonly (PyValue | undefined)[], run: Run) => PyValue;

/** A function with these parameters. */
export function define(signature: Signature, body: Body): PyFunction {
  const { name } = signature;
  return { type: 'function', name, isClass: false, call: (args, run) => body(bind(signature, args), run) };
}

export function callFunction(callee: PyFunction, positional: readonly PyValue[], run: Run): PyValue {
  return callee.call({ positional, keywords: new Map() }, run);
}
