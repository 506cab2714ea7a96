/** A value as JSON, where a list in it may be one that is made as it is gone through. */
export type LazyJson = string | number | boolean | null | Iterable<LazyJson> | { readonly [name: string]: LazyJson };

/** So many items of a list come at once. */
const itemsPerPiece = 500;

/** The text of `JSON.stringify`, in pieces: of a long list, all of it never is there at once. */
export function* jsonPieces(value: LazyJson): Generator<string> {
  if (typeof value !== 'object' || value === null) yield JSON.stringify(value);
  else if (Symbol.iterator in value) yield* listPieces(value as Iterable<LazyJson>);
  else {
    for (const [index, [name, field]] of Object.entries(value).entries()) {
      yield `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
      yield* jsonPieces(field);
    }
    yield Object.keys(value).length === 0 ? '{}' : '}';
  }
}

function* listPieces(list: Iterable<LazyJson>): Generator<string> {
  let items: string[] = [];
  let before = '[';
  for (const item of list) {
    // Most are names, and each thing that is made on the way costs its time.
    const isPlain = typeof item !== 'object' || item === null;
    items.push(isPlain ? JSON.stringify(item) : [...jsonPieces(item)].join(''));
    if (items.length < itemsPerPiece) continue;
    yield `${before}${items.join(',')}`;
    before = ',';
    items = [];
  }
  yield items.length === 0 && before === ',' ? ']' : `${before}${items.join(',')}]`;
}
