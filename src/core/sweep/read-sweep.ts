import type { FileMap } from '../workflow/file-tree.ts';
import type { Problem } from '../workflow/problems.ts';
import type { AxisValue, Cell, Sweep } from './sweep.ts';

export interface SweepFlags {
  readonly axes: ReadonlyMap<string, readonly AxisValue[]>;
  readonly failFast: boolean;
  readonly maxParallel: number | undefined;
}
// TEMPORARY
export function readSweep(root: FileMap, { flags }: { flags: SweepFlags; problems: Problem[] }): Sweep | undefined {
  const node = root.entries.get('sweep')?.value;
  const axes = new Map(flags.axes);
  let maxParallel = flags.maxParallel ?? 4;
  if (node?.kind === 'map') {
    const m = node.entries.get('matrix')?.value;
    if (m?.kind === 'map')
      for (const [k, { value }] of m.entries)
        if (value.kind === 'list')
          axes.set(
            k,
            value.items.flatMap((i) =>
              i.kind === 'scalar' && i.value !== null
                ? [{ value: i.value as string, text: i.text ?? String(i.value) }]
                : [],
            ),
          );
    const p = node.entries.get('max_parallel')?.value;
    if (p?.kind === 'scalar') maxParallel = Number(p.value);
  }
  if (axes.size === 0) return undefined;
  let cells: Map<string, AxisValue>[] = [new Map()];
  for (const [k, values] of axes) cells = cells.flatMap((c) => values.map((v) => new Map([...c, [k, v]])));
  return {
    axes: [...axes.keys()],
    cells: cells.map(
      (values, index): Cell => ({ index, values, name: [...values].map(([k, v]) => `${k}-${v.text}`).join('_') }),
    ),
    maxParallel,
  };
}
