import { argNamed, attributeOf } from './attributes.ts';
import { builtins, iteratorOf } from './builtins.ts';
import { compare } from './compare.ts';
import { datetimeModule } from './date-members.ts';
import { formatValue } from './format-value.ts';
import { collect, enter, iterate } from './iterate.ts';
import { joinTexts, limits, spend } from './limits.ts';
import { mathModule } from './math-members.ts';
import type { Comprehension, JoinedPart, Node, Target } from './node.ts';
import { combine, negate } from './operators.ts';
import { exceed, raise } from './python-error.ts';
import { represent, representAscii, textOf } from './represent.ts';
import { itemOf, sliceOf } from './subscript.ts';
import { dictOf, isTrue, listOf, type PyValue, type Run, setOf, tupleOf, typeName } from './values.ts';

/** What an expression sees. */
export interface Scope {
  readonly run: Run;
  readonly names: Map<string, PyValue>;
  /** A comprehension has names of its own. */
  readonly outer?: Scope;
}

const given: ReadonlyMap<string, PyValue> = new Map<string, PyValue>([
  ...builtins,
  ['math', mathModule],
  ['datetime', datetimeModule],
]);

/** Whether a name means something without being assigned. */
export function isGiven(name: string): boolean {
  return given.has(name) || name === 'args';
}

/** The value of an expression. Throws a PythonError. */
export function evaluate(node: Node, scope: Scope): PyValue {
  const { run } = scope;
  spend(run, 1);
  enter(run, 1);
  const value = evaluateKind(node, scope);
  run.level -= 1;
  return value;
}

function evaluateKind(node: Node, scope: Scope): PyValue {
  const { run } = scope;
  const inside = (part: Node): PyValue => evaluate(part, scope);
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'name':
      return valueOfName(node, scope);
    case 'list':
      return listOf(run, node.items.map(inside));
    case 'tuple':
      return tupleOf(run, node.items.map(inside));
    case 'set':
    case 'dict':
      return evaluateBraces(node, scope);
    case 'joined':
      return joinParts(node.parts, scope);
    case 'unary': {
      const operand = inside(node.operand);
      run.at = node.offset;
      return node.operator === 'not' ? !isTrue(operand) : negate(operand);
    }
    case 'binary': {
      const [left, right] = [inside(node.left), inside(node.right)];
      run.at = node.offset;
      return combine(node.operator, left, right, run);
    }
    case 'logic':
      return evaluateLogic(node, scope);
    case 'compare':
      return evaluateComparison(node, scope);
    case 'choice':
      return inside(isTrue(inside(node.test)) ? node.then : node.otherwise);
    case 'subscript':
      return evaluateSubscript(node, scope);
    case 'slice':
      return raise('TypeError', 'a slice is no value');
    case 'attribute': {
      const object = inside(node.object);
      run.at = node.offset;
      return attributeOf(object, node.name, run);
    }
    case 'call':
      return evaluateCall(node, scope);
    case 'comprehension':
      return evaluateComprehension(node, scope);
  }
}

type NodeOf<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>;

/** Own names first, then what is always there, then args: an arg called `max` takes nothing away. */
function valueOfName({ name, offset }: NodeOf<'name'>, { run, ...scope }: Scope): PyValue {
  run.at = offset;
  for (let at: Omit<Scope, 'run'> | undefined = scope; at !== undefined; at = at.outer) {
    const value = at.names.get(name);
    if (value !== undefined) return value;
  }
  return given.get(name) ?? (name === 'args' ? run.args : argNamed(name, name, run));
}

function evaluateBraces(node: NodeOf<'set'> | NodeOf<'dict'>, scope: Scope): PyValue {
  const { run } = scope;
  if (node.kind === 'dict') {
    const pairs = node.entries.map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)] as const);
    run.at = node.offset;
    return dictOf(run, pairs);
  }
  const items = node.items.map((item) => evaluate(item, scope));
  run.at = node.offset;
  return setOf(run, items);
}

function joinParts(parts: readonly JoinedPart[], scope: Scope): string {
  const { run } = scope;
  const texts = parts.map((part) => {
    if (typeof part === 'string') return part;
    const value = evaluate(part.value, scope);
    const spec = joinParts(part.spec, scope);
    run.at = part.value.offset;
    return formatValue(converted(value, part.conversion, run), spec, run);
  });
  return joinTexts(run, texts);
}

function converted(value: PyValue, conversion: '' | 'r' | 's' | 'a', run: Run): PyValue {
  switch (conversion) {
    case '':
      return value;
    case 'r':
      return represent(value, run);
    case 's':
      return textOf(value, run);
    case 'a':
      return representAscii(value, run);
  }
}

/** The operand that decides, and not whether it is true. */
function evaluateLogic({ operator, operands }: NodeOf<'logic'>, scope: Scope): PyValue {
  let value: PyValue = null;
  for (const operand of operands) {
    value = evaluate(operand, scope);
    if (isTrue(value) === (operator === 'or')) return value;
  }
  return value;
}

function evaluateComparison({ first, rest }: NodeOf<'compare'>, scope: Scope): boolean {
  let left = evaluate(first, scope);
  for (const { operator, operand, offset } of rest) {
    const right = evaluate(operand, scope);
    scope.run.at = offset;
    if (!compare(operator, left, right, scope.run)) return false;
    left = right;
  }
  return true;
}

function evaluateSubscript({ object, index, offset }: NodeOf<'subscript'>, scope: Scope): PyValue {
  const { run } = scope;
  const value = evaluate(object, scope);
  if (index.kind === 'slice') {
    const [start, stop, step] = index.bounds.map((bound) => (bound === undefined ? null : evaluate(bound, scope)));
    run.at = offset;
    return sliceOf(value, { start: start ?? null, stop: stop ?? null, step: step ?? null }, run);
  }
  const wanted = evaluate(index, scope);
  run.at = offset;
  return itemOf(value, wanted, run);
}

function evaluateCall({ callee, positional, keywords, offset }: NodeOf<'call'>, scope: Scope): PyValue {
  const { run } = scope;
  const called = evaluate(callee, scope);
  const args = {
    positional: positional.map((argument) => evaluate(argument, scope)),
    keywords: new Map(keywords.map(([name, value]) => [name, evaluate(value, scope)])),
  };
  run.at = offset;
  spend(run, 2);
  if (typeof called === 'object' && called?.type === 'function') return called.call(args, run);
  const isModule = typeof called === 'object' && called?.type === 'module';
  const hint =
    isModule && called.name === 'datetime' ? 'Write `datetime.datetime(...)`.' : 'Only functions are called.';
  return raise('TypeError', `'${typeName(called)}' object is not callable`, hint);
}

function evaluateComprehension(node: NodeOf<'comprehension'>, scope: Scope): PyValue {
  const { run } = scope;
  const { makes, element, value, clauses, offset } = node;
  // Python asks for the first source at once, also where the rest waits.
  const first = evaluate(clauses[0]?.source ?? element, scope);
  run.at = offset;
  const own: Scope = { run, names: new Map(), outer: scope };
  const rounds = runClauses(clauses, { index: 0, first, scope: own });
  if (makes === 'dict') {
    const pairs: (readonly [PyValue, PyValue])[] = [];
    for (const _ of rounds) {
      pairs.push([evaluate(element, own), value === undefined ? null : evaluate(value, own)]);
      limitItems(pairs);
    }
    run.at = offset;
    return dictOf(run, pairs);
  }
  if (makes === 'generator') {
    if (typeof first !== 'object' || first?.type !== 'iterator') iterate(first, run).next();
    return iteratorOf('generator', elementsOf(element, rounds, own));
  }
  const items: PyValue[] = [];
  for (const _ of rounds) {
    items.push(evaluate(element, own));
    limitItems(items);
  }
  run.at = offset;
  return makes === 'set' ? setOf(run, items) : listOf(run, items);
}

function limitItems({ length }: readonly unknown[]): void {
  if (length > limits.items) exceed(`there are more than ${limits.items} items in a list, a tuple, a set or a dict`);
}

function* elementsOf(element: Node, rounds: Iterable<void>, scope: Scope): Generator<PyValue, void, undefined> {
  for (const _ of rounds) yield evaluate(element, scope);
}

/** Comes back once for each time that the element is wanted, with the names set. */
function* runClauses(
  clauses: Comprehension['clauses'],
  { index, first, scope }: { readonly index: number; readonly first: PyValue; readonly scope: Scope },
): Generator<void, void, undefined> {
  const clause = clauses[index];
  if (clause === undefined) {
    yield;
    return;
  }
  const source = index === 0 ? first : evaluate(clause.source, scope);
  for (const item of iterate(source, scope.run)) {
    spend(scope.run, 1);
    assign(clause.target, item, scope);
    if (!clause.conditions.every((condition) => isTrue(evaluate(condition, scope)))) continue;
    yield* runClauses(clauses, { index: index + 1, first, scope });
  }
}

function assign(target: Target, value: PyValue, scope: Scope): void {
  if (typeof target === 'string') {
    scope.names.set(target, value);
    return;
  }
  const items = collect(value, scope.run);
  if (items.length < target.length) {
    raise('ValueError', `not enough values to unpack (expected ${target.length}, got ${items.length})`);
  }
  if (items.length > target.length) raise('ValueError', `too many values to unpack (expected ${target.length})`);
  for (const [index, part] of target.entries()) assign(part, items[index] ?? null, scope);
}
