import type { PyValue } from './values.ts';

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is' | 'is not';

/** An expression. */
export type Node = { readonly offset: number; readonly depth: number } & (
  | { readonly kind: 'constant'; readonly value: PyValue }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Node[] }
  | { readonly kind: 'set'; readonly items: readonly Node[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly kind: 'joined'; readonly parts: readonly JoinedPart[] }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly operands: readonly Node[] }
  | { readonly kind: 'compare'; readonly first: Node; readonly rest: readonly ComparedWith[] }
  | { readonly kind: 'choice'; readonly test: Node; readonly then: Node; readonly otherwise: Node }
  | { readonly kind: 'subscript'; readonly object: Node; readonly index: Node }
  | { readonly kind: 'slice'; readonly bounds: readonly (Node | undefined)[] }
  | { readonly kind: 'attribute'; readonly object: Node; readonly name: string }
  | {
      readonly kind: 'call';
      readonly callee: Node;
      readonly positional: readonly Node[];
      readonly keywords: readonly (readonly [string, Node])[];
    }
  | Comprehension
);

export interface Comprehension {
  readonly kind: 'comprehension';
  readonly makes: 'list' | 'set' | 'dict' | 'generator';
  readonly element: Node;
  /** Of a dict. */
  readonly value: Node | undefined;
  readonly clauses: readonly Clause[];
}

export interface Clause {
  readonly target: Target;
  readonly source: Node;
  readonly conditions: readonly Node[];
}

/** `x`, or `k, v`. */
export type Target = string | readonly Target[];

export interface ComparedWith {
  readonly operator: Comparison;
  readonly operand: Node;
  readonly offset: number;
}

/** Of an f-string: text, or a value with `!r` and `:spec`. */
export type JoinedPart =
  | string
  | { readonly value: Node; readonly conversion: '' | 'r' | 's' | 'a'; readonly spec: readonly JoinedPart[] };

export interface Statement {
  /** `undefined`: an expression whose value is not kept. */
  readonly name: string | undefined;
  readonly value: Node;
}

export interface Program {
  readonly statements: readonly Statement[];
  /** Nothing but one expression, whose value is the result. */
  readonly isExpression: boolean;
}

/** The expressions that a node consists of. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'constant':
    case 'name':
      return [];
    case 'list':
    case 'tuple':
    case 'set':
      return node.items;
    case 'dict':
      return node.entries.flat();
    case 'joined':
      return nodesOfParts(node.parts);
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'logic':
      return node.operands;
    case 'compare':
      return [node.first, ...node.rest.map(({ operand }) => operand)];
    case 'choice':
      return [node.test, node.then, node.otherwise];
    case 'subscript':
      return [node.object, node.index];
    case 'slice':
      return node.bounds.filter((bound) => bound !== undefined);
    case 'attribute':
      return [node.object];
    case 'call':
      return [node.callee, ...node.positional, ...node.keywords.map(([, value]) => value)];
    case 'comprehension':
      return [
        node.element,
        ...(node.value === undefined ? [] : [node.value]),
        ...node.clauses.flatMap(({ source, conditions }) => [source, ...conditions]),
      ];
  }
}

export function nodesOfParts(parts: readonly JoinedPart[]): Node[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.value, ...nodesOfParts(part.spec)]));
}
