/**
 * The line, counted from 1, on which each key of a JSON text stands, by its path joined with NUL. The text must be valid
 * JSON; of a name given twice the last counts, as for JSON itself.
 */
export function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const path: (string | undefined)[] = [];
  let line = 1;
  let name: string | undefined;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|\n|[^\s{}[\],:"]+/gs)) {
    if (token === '\n') line += 1;
    else if (token.startsWith('"')) name = JSON.parse(token) as string;
    else if (token === ':') {
      lines.set([...path.filter((part) => part !== undefined), name ?? ''].join('\0'), line);
    } else if (token === '{' || token === '[') {
      path.push(name);
      name = undefined;
    } else if (token === '}' || token === ']') path.pop();
    else if (token === ',') name = undefined;
  }
  return lines;
}
