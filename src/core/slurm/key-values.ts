/**
 * One line of `scontrol show … -o`: `Key=value` separated by blanks. A value may hold blanks, too, but a word with `=` in it
 * begins the next key. So free text may forge keys, and what stands first counts.
 */
export function parseKeyValues(line: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const heads = [...line.matchAll(/(?<=^|\s)([A-Za-z][\w:/-]*)=/g)];
  heads.forEach((head, index) => {
    const key = head[1] ?? '';
    const end = heads[index + 1]?.index ?? line.length;
    if (!values.has(key)) values.set(key, line.slice(head.index + head[0].length, end).trim());
  });
  return values;
}
