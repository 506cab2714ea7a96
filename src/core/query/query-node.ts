import type { QueryFunctionName } from './query-functions.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A JMESPath expression as a tree: what each node makes of the value that it is given. */
export type QueryNode =
  | { readonly kind: 'current' }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start?: number; readonly stop?: number; readonly step: number }
  /** Lists in the list become part of it. */
  | { readonly kind: 'flatten'; readonly child: QueryNode }
  /** `left.right`, `left[0]`, `left | right`: the right side is given what the left one makes. */
  | { readonly kind: 'chain'; readonly left: QueryNode; readonly right: QueryNode }
  /** `right` for each element of a list, for each value of an object; what it makes `null` of is left out. */
  | { readonly kind: 'each' | 'eachValue'; readonly left: QueryNode; readonly right: QueryNode }
  | { readonly kind: 'filter'; readonly left: QueryNode; readonly condition: QueryNode; readonly right: QueryNode }
  | { readonly kind: 'list'; readonly children: readonly QueryNode[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, QueryNode])[] }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: QueryNode; readonly right: QueryNode }
  | { readonly kind: 'and' | 'or'; readonly left: QueryNode; readonly right: QueryNode }
  | { readonly kind: 'not'; readonly child: QueryNode }
  /** `&child`, not worked out but handed to a function. */
  | { readonly kind: 'reference'; readonly child: QueryNode }
  | {
      readonly kind: 'call';
      readonly name: QueryFunctionName;
      readonly args: readonly QueryNode[];
      readonly at: number;
    };

/** What `--query` says, read and found to be an expression. */
export interface Query {
  readonly text: string;
  readonly node: QueryNode;
}
