/**
 * Sequences in the order of `sort`, of which a step needs the next names alone, and not all of them at once. They may be gone through
 * as often as what they are made of.
 */
export type SortedNames = Iterable<string>;

/** Names that are in one of both, each of them once. */
export function mergeSorted(one: SortedNames, other: SortedNames): SortedNames {
  return {
    *[Symbol.iterator]() {
      let last: string | undefined;
      for (const name of mergeAll(one, other)) {
        if (name !== last) yield name;
        last = name;
      }
    },
  };
}

function* mergeAll(one: SortedNames, other: SortedNames): Generator<string> {
  const others = other[Symbol.iterator]();
  let next = others.next();
  for (const name of one) {
    for (; next.done !== true && next.value < name; next = others.next()) yield next.value;
    yield name;
  }
  for (; next.done !== true; next = others.next()) yield next.value;
}

/** Names of the first that are not in the second. */
export function* withoutSorted(names: SortedNames, left: SortedNames): Generator<string> {
  const others = left[Symbol.iterator]();
  let next = others.next();
  for (const name of names) {
    while (next.done !== true && next.value < name) next = others.next();
    if (next.done === true || next.value !== name) yield name;
  }
}

export function isSameSequence(one: Iterable<string>, other: Iterable<string>): boolean {
  const others = other[Symbol.iterator]();
  for (const name of one) {
    const next = others.next();
    if (next.done === true || next.value !== name) return false;
  }
  return others.next().done === true;
}

/** Of what somebody else has written, the order is not sure. */
export function inOrder(names: readonly string[]): SortedNames {
  const isSorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  return isSorted ? names : [...new Set(names)].sort();
}
