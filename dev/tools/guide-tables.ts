/** What the tables of a guide say of each key: `| `key` | meaning |`, or several such pairs in one row. By section. */
export function readGuideTables(markdown: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of markdown.split('\n')) {
    const title = /^## (.*)/.exec(line)?.[1];
    if (title !== undefined) {
      section = new Map();
      sections.set(title, section);
    }
    for (const [keys, meaning] of pairsOf(line)) {
      for (const [, key = ''] of keys.matchAll(/`([^`]+)`/g)) section.set(key, meaning);
    }
  }
  return sections;
}

function pairsOf(line: string): readonly (readonly [string, string])[] {
  if (!line.startsWith('| `')) return [];
  const cells = line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
  return cells.flatMap((keys, index) => (index % 2 === 0 ? [[keys, cells[index + 1] ?? ''] as const] : []));
}
