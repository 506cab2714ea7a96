/** Values by the names of axes; `text` is what was written. */
export type Combination<Value extends Written> = ReadonlyMap<string, Value>;

export interface Written {
  readonly value: unknown;
  readonly text: string;
}

/** Whether everything that the entry says of an axis is so. */
export function agrees<Value extends Written>(entry: Combination<Value>, one: Combination<Value>): boolean {
  return [...entry].every(([key, value]) => {
    const own = one.get(key);
    return own !== undefined && (own.value === value.value || own.text === value.text);
  });
}

/** `include` as GitHub Actions has it: an entry extends every combination with whose own values it agrees, or else is one more. */
export function extendWith<Value extends Written>(
  originals: readonly Combination<Value>[],
  entries: readonly Combination<Value>[],
): readonly Combination<Value>[] {
  const all: Combination<Value>[] = [...originals];
  for (const entry of entries) {
    let isAdded = false;
    for (const [index, original] of originals.entries()) {
      // Only what was in the matrix at first must not be changed; what another entry has added may be.
      const shared = new Map([...entry].filter(([key]) => original.has(key)));
      if (!agrees(shared, original)) continue;
      all[index] = new Map([...(all[index] ?? []), ...entry, ...original]);
      isAdded = true;
    }
    if (!isAdded) all.push(entry);
  }
  return all;
}
