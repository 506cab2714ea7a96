import type { AxisValue } from './sweep.ts';

const longest = 64;

/** `lr-0.1_seed-3`: safe for file names on every system, and no two of a sweep the same. */
export function cellNames(cells: readonly ReadonlyMap<string, AxisValue>[]): readonly string[] {
  const slugs = cells.map((values) => [...values].map(([axis, { text }]) => `${axis}-${slugOf(text)}`).join('_'));
  // Upper and lower case are the same to some file systems.
  const counts = new Map<string, number>();
  for (const slug of slugs) counts.set(slug.toLowerCase(), (counts.get(slug.toLowerCase()) ?? 0) + 1);
  return slugs.map((slug, index) => {
    const isWhole = slug.length <= longest && counts.get(slug.toLowerCase()) === 1;
    return isWhole ? slug : `${slug.slice(0, longest - 8)}_${index}`;
  });
}

function slugOf(text: string): string {
  const base = text.split('/').at(-1) === '' ? text : (text.split('/').at(-1) ?? text);
  return base.replace(/[^A-Za-z0-9.+-]+/g, '-').replace(/^[-.]+(?=[A-Za-z])/, '') || 'empty';
}
