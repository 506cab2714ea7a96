/** A longer list is an error in the text, not a reason to fill the memory. */
const maxNodes = 200_000;

/**
 * The single names of a node list such as `n[1-3,5],r[1-2]c[01-03]`, zero padding kept, in the order written. Text that is
 * no list, or names more nodes than any cluster has, comes back as it is.
 */
export function expandNodeList(text: string): string[] {
  if (countNodes(text) > maxNodes) return [text];
  return splitParts(text).flatMap((part) =>
    splitSegments(part).reduce<string[]>(
      (heads, segment) => {
        const choices = expandSegment(segment);
        return heads.flatMap((head) => choices.map((choice) => head + choice));
      },
      [''],
    ),
  );
}

/** How many names the list stands for, without making them. */
export function countNodes(text: string): number {
  return splitParts(text)
    .map((part) => splitSegments(part).reduce((product, segment) => product * countSegment(segment), 1))
    .reduce((sum, count) => sum + count, 0);
}

/** Splits at the commas outside brackets. */
function splitParts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '[') depth += 1;
    else if (char === ']') depth = Math.max(0, depth - 1);
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)].filter((part) => part !== '');
}

/** `r[1-2]c[01-03]` as `r`, `[1-2]`, `c`, `[01-03]`. */
function splitSegments(part: string): string[] {
  return part.split(/(\[[^\][]*\])/).filter((segment) => segment !== '');
}

/** The comma-separated pieces between brackets; any other text is its own only piece. */
function piecesOf(segment: string): string[] {
  return segment.startsWith('[') && segment.endsWith(']') ? segment.slice(1, -1).split(',') : [segment];
}

function parseRange(
  piece: string,
): { readonly first: number; readonly last: number; readonly width: number } | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(piece);
  if (match === null) return undefined;
  const [, from = '', to = ''] = match;
  const [first, last] = [Number(from), Number(to)];
  return first > last ? undefined : { first, last, width: from.length };
}

function countSegment(segment: string): number {
  return piecesOf(segment).reduce((sum, piece) => {
    const range = parseRange(piece);
    return sum + (range === undefined ? 1 : range.last - range.first + 1);
  }, 0);
}

function expandSegment(segment: string): string[] {
  return piecesOf(segment).flatMap((piece) => {
    const range = parseRange(piece);
    if (range === undefined) return [piece];
    const { first, last, width } = range;
    return Array.from({ length: last - first + 1 }, (_, step) => String(first + step).padStart(width, '0'));
  });
}

interface NumberedName {
  readonly before: string;
  readonly digits: string;
  readonly after: string;
}

/** The shortest list of the names, folded over their last number: `n1`, `n2`, `n04` become `n[1-2,04]`. Repeats vanish. */
export function foldNodeList(names: readonly string[]): string {
  const groups = new Map<string, NumberedName[]>();
  for (const name of new Set(names)) {
    const [, before = name, digits = '', after = ''] = /^(.*?)(\d{1,15})(\D*)$/s.exec(name) ?? [];
    // A name without a number stands alone: as `n[,1]` it would look like a range.
    const key = `${before}\0${after}\0${digits === ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ before, digits, after }]);
    else group.push({ before, digits, after });
  }
  return [...groups.values()].map(foldGroup).join(',');
}

function foldGroup(group: readonly NumberedName[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const { before, after, digits } = first;
  if (group.length === 1) return `${before}${digits}${after}`;
  const sorted = group.map((name) => name.digits).sort((a, b) => a.length - b.length || Number(a) - Number(b));
  const runs: { from: string; to: string }[] = [];
  for (const number of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run.to, number)) run.to = number;
    else runs.push({ from: number, to: number });
  }
  return `${before}[${runs.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(',')}]${after}`;
}

/** `9` then `10` is a range as well as `09` then `10`; `9` then `010` is not. */
function follows(previous: string, next: string): boolean {
  const sameWidth = previous.length === next.length || !next.startsWith('0');
  return sameWidth && Number(next) === Number(previous) + 1;
}
