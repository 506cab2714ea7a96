import type { FileMap, FileNode } from './file-tree.ts';
import { childNode, textOf } from './file-tree.ts';
import type { Problem } from './problems.ts';
import type { Template } from './template.ts';

/** What is planned of a file that is a sweep; absent: the file is none, and all of it is. */
export type FilePart =
  /** Its jobs, for one cell. */
  | { readonly kind: 'cell' }
  /** Those of `reduce`, which run once, after all cells. */
  | { readonly kind: 'reduce'; readonly axes: readonly string[]; readonly cellJobs: ReadonlySet<string> };

/** The key `reduce`, where it has jobs. */
export function reduceJobs(root: FileMap): readonly FileNode[] {
  const node = childNode(root, 'reduce');
  return node?.kind === 'list' ? node.items : [];
}

/** As they are written: names with templates are not among them. */
export function reduceNames(root: FileMap): ReadonlySet<string> {
  return new Set(reduceJobs(root).flatMap((job) => (job.kind === 'map' ? (textOf(childNode(job, 'name')) ?? []) : [])));
}

/** Jobs of `reduce` where they can never run. `included`: by another file. */
export function misplacedReduce(root: FileMap, { included }: { readonly included: boolean }): Problem[] {
  const entry = root.entries.get('reduce');
  if (entry === undefined || reduceJobs(root).length === 0) return [];
  const offset = entry.keyOffset;
  if (included) {
    const message = 'an included file cannot have `reduce`: its jobs are those of every cell';
    return [{ offset, message, hint: 'Move it to the file that has the `sweep`.' }];
  }
  const message = '`reduce` has no meaning: the workflow is no sweep';
  return [
    {
      offset,
      message,
      hint: 'Add a `sweep`, or an axis with --sweep KEY=v1,v2; jobs that run after all others are `finally`.',
    },
  ];
}

/** Names that templates of a part cannot use, and why. */
export function absentNames(part: FilePart | undefined): ReadonlyMap<string, string> {
  if (part?.kind !== 'reduce') return new Map();
  const axes = part.axes.map((axis): [string, string] => [
    axis,
    `\`${axis}\` is an axis of the sweep, and a job of \`reduce\` belongs to no cell`,
  ]);
  return new Map([...axes, ['cell', '`cell` is one cell of the sweep, and a job of `reduce` belongs to none']]);
}

export const absentHint = 'Remove it: $SRUNX_CELLS has the values and the results of all cells.';

/** Why a template can have no value, if it uses such a name; one that it asks for with `is defined` or `default` it need not have. */
export function absenceIn(
  { references, locals, guarded }: Template,
  absent: ReadonlyMap<string, string>,
): string | undefined {
  if (absent.size === 0) return undefined;
  const name = references.map(({ path }) => path[0] ?? '').find((one) => absent.has(one) && !locals.has(one));
  return name === undefined || guarded.has(name) ? undefined : absent.get(name);
}
