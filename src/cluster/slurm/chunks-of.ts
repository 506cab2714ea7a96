/** So many ids stand on one command line: far below every limit, also where a remote shell takes it as one argument. */
const chunkSize = 500;

export function* chunksOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += chunkSize) yield items.slice(start, start + chunkSize);
}
