/** What the checks need to know about one Markdown file. Lines count from 1. */
export interface Markdown {
  readonly headings: readonly { readonly line: number; readonly text: string; readonly anchor: string }[];
  /** Targets of links and images, as written. */
  readonly links: readonly { readonly line: number; readonly target: string }[];
  /** Text between single backticks. */
  readonly code: readonly { readonly line: number; readonly text: string }[];
  /** The lines of blocks between fences, with the word behind the opening one. */
  readonly fences: readonly { readonly language: string; readonly lines: readonly Line[] }[];
}

interface Line {
  readonly line: number;
  readonly text: string;
}

/** A plain reading, line by line: enough for documents that are written for people, and it never fails. */
export function parseMarkdown(text: string): Markdown {
  const { prose, fences } = splitFences(text);
  const headings = prose.flatMap(({ line, text: raw }) => {
    const title = /^#{1,6}\s+(.*?)\s*#*$/.exec(raw)?.[1];
    return title === undefined ? [] : [{ line, text: plain(title) }];
  });
  return {
    headings: withAnchors(headings),
    links: prose.flatMap(linksOf),
    code: prose.flatMap(({ line, text: raw }) =>
      [...raw.matchAll(/`([^`]+)`/g)].map((match) => ({ line, text: match[1] ?? '' })),
    ),
    fences,
  };
}

function splitFences(text: string): { prose: Line[]; fences: Markdown['fences'] } {
  const prose: Line[] = [];
  const fences: { language: string; lines: Line[] }[] = [];
  let open: { mark: string; lines: Line[] } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const [, mark = '', language = ''] = /^\s*(`{3,}|~{3,})\s*(\S*)/.exec(raw) ?? [];
    if (open !== undefined && mark.startsWith(open.mark) && language === '') open = undefined;
    else if (open !== undefined) open.lines.push({ line: index + 1, text: raw });
    else if (mark !== '') {
      open = { mark, lines: [] };
      fences.push({ language, lines: open.lines });
    } else prose.push({ line: index + 1, text: raw });
  }
  return { prose, fences };
}

function linksOf({ line, text }: Line): Markdown['links'] {
  const visible = text.replace(/`[^`]*`/g, '');
  const patterns = [/\]\(\s*<?([^\s)>]+)>?[^)]*\)/g, /^\s*\[[^\]]+\]:\s*<?([^\s>]+)/g, /\b(?:src|href)="([^"]+)"/g];
  return patterns
    .flatMap((pattern) => [...visible.matchAll(pattern)])
    .map((match) => ({ line, target: match[1] ?? '' }));
}

/** Anchors as GitHub makes them: lower case, punctuation left out, blanks to hyphens, repeated ones numbered. */
function withAnchors(headings: readonly { line: number; text: string }[]): Markdown['headings'] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const base = heading.text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    return { ...heading, anchor: count === 0 ? base : `${base}-${count}` };
  });
}

/** A heading's words without the marks of code, emphasis and links. */
function plain(title: string): string {
  return title.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
}
