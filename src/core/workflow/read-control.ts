import { type Control, type ControlKey, controlHints, controlSchema } from './control-schema.ts';
import { type FileMap, offsetOf } from './file-tree.ts';
import type { Problem } from './problems.ts';

export interface ControlContext {
  readonly name: string;
  readonly node: FileMap;
  readonly problems: Problem[];
  /** Where a leaf stands that could not be rendered: it is wrong already. */
  readonly failed: ReadonlySet<number>;
}

/** The rendered control keys of a job as precise types; `undefined` if something is wrong with them, which is added to the problems. */
export function readControl(
  rendered: Readonly<Record<string, unknown>>,
  { name, node, problems, failed }: ControlContext,
): Control | undefined {
  const read = controlSchema.safeParse(rendered);
  for (const { path, message } of read.error?.issues ?? []) {
    const offset = offsetOf(node, path);
    if (failed.has(offset)) continue;
    const hint = controlHints[path[0] as ControlKey];
    problems.push({ offset, message: `job \`${name}\`: \`${path.join('.')}\`: ${message}`, hint });
  }
  return read.success && failed.size === 0 ? read.data : undefined;
}
