import { type ArgValue, fromPlain, type PlainValue, toArgValue } from './convert-value.ts';
import { evaluate, isGiven, type Scope } from './evaluate.ts';
import { limits } from './limits.ts';
import { childrenOf, type Node, type Program, type Target } from './node.ts';
import { parseProgram } from './parse-program.ts';
import { PythonError } from './python-error.ts';
import type { PyValue, Run } from './values.ts';

/** What went wrong, and where in the code. */
export interface PythonFault {
  readonly message: string;
  /** In characters from its beginning. */
  readonly offset: number;
  readonly hint: string;
}

/** Reads code; nothing is thrown. */
export function readPython(code: string): Program | PythonFault {
  try {
    return parseProgram(code);
  } catch (error) {
    return faultOf(error, 0);
  }
}

export interface PythonResult {
  readonly exact: PyValue;
  readonly arg: ArgValue;
}

/** The args that the code asks for by name. */
export interface ArgLookup {
  readonly names: readonly string[];
  readonly get: (name: string) => PlainValue | { readonly exact: PyValue } | undefined;
}

/** The value of an expression, or of `result` behind statements. Nothing is thrown, and it ends within a tenth of a second. */
export function runPython(program: Program, args: ArgLookup): PythonResult | PythonFault {
  const known = new Map<string, PyValue | undefined>();
  const get = (name: string): PyValue | undefined => {
    const found = known.has(name) ? undefined : args.get(name);
    if (found !== undefined) known.set(name, 'exact' in found ? found.exact : fromPlain(found, run));
    return known.get(name);
  };
  const run: Run = { steps: limits.steps, at: 0, level: 0, args: { type: 'args', names: args.names, get } };
  const scope: Scope = { run, names: new Map() };
  try {
    let last: PyValue = null;
    for (const { name, value } of program.statements) {
      last = evaluate(value, scope);
      if (name !== undefined) scope.names.set(name, last);
    }
    const exact = program.isExpression ? last : (scope.names.get('result') ?? null);
    return { exact, arg: toArgValue(exact, run) };
  } catch (error) {
    return faultOf(error, run.at);
  }
}

const nextStep = 'Correct it; docs/guide/workflows.md lists what `python:` values have.';

function faultOf(error: unknown, at: number): PythonFault {
  if (!(error instanceof PythonError)) throw error;
  return { message: error.message, offset: error.offset ?? at, hint: error.hint ?? nextStep };
}

export interface ArgsNeeded {
  /** By a name that is written in the code. */
  readonly names: readonly string[];
  /** Some are asked for by a name that only the evaluation knows. */
  readonly any: boolean;
}

/** The args that code needs, or may need. */
export function argsNeeded({ statements }: Program): ArgsNeeded {
  const own = new Set(statements.flatMap(({ name }) => name ?? []));
  const found = new Set<string>();
  const bare = new Set<string>();
  const left: Node[] = statements.map(({ value }) => value);
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.kind === 'comprehension') for (const { target } of node.clauses) addNames(target, own);
    const named = argOf(node);
    if (named !== undefined) found.add(named);
    else if (node.kind === 'name') bare.add(node.name);
    else left.push(...(asksWhether(node) ? childrenOf(node).filter((child) => !isArgs(child)) : childrenOf(node)));
  }
  for (const name of bare) if (!own.has(name) && !isGiven(name)) found.add(name);
  return { names: [...found], any: bare.has('args') && !own.has('args') };
}

function addNames(target: Target, names: Set<string>): void {
  if (typeof target === 'string') names.add(target);
  else for (const part of target) addNames(part, names);
}

function isArgs(node: Node): boolean {
  return node.kind === 'name' && node.name === 'args';
}

/** `x` of `args.x` and `args["x"]`. */
function argOf(node: Node): string | undefined {
  if (node.kind === 'attribute') return isArgs(node.object) ? node.name : undefined;
  if (node.kind !== 'subscript' || !isArgs(node.object) || node.index.kind !== 'constant') return undefined;
  return typeof node.index.value === 'string' ? node.index.value : undefined;
}

/** `"x" in args` needs no value. */
function asksWhether(node: Node): boolean {
  return node.kind === 'compare' && node.rest.every(({ operator }) => operator === 'in' || operator === 'not in');
}
