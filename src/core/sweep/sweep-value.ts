import { UsageError } from '../errors.ts';
import type { FileMap } from '../workflow/file-tree.ts';
import type { Problem } from '../workflow/problems.ts';
import type { TemplateValue } from '../workflow/render-template.ts';
import { argsOf } from '../workflow/unit.ts';

/** In the place of an id, where a sweep is only looked at: it gets one when it runs. */
export const idToCome = 'sweep-id-to-come';

interface SweepFacts {
  readonly id: string | undefined;
  readonly name: string;
  readonly cells: number;
  readonly maxParallel: number;
}

/** What templates see as `sweep`. */
export function sweepValue({ id = idToCome, name, cells, maxParallel }: SweepFacts): TemplateValue {
  const value = { id, name, cells, max_parallel: maxParallel };
  return { value, texts: new Map(Object.entries(value).map(([key, one]) => [key, String(one)])) };
}

const names = ['cell', 'sweep'] as const;

/** Args with names under which templates of a sweep see something else: one would hide the other. */
export function refuseHiding(root: FileMap, overrides: Readonly<Record<string, string>>): Problem[] {
  for (const name of names) {
    if (!Object.hasOwn(overrides, name)) continue;
    throw new UsageError(`--arg ${name}: in a sweep, templates see something else as \`${name}\``, {
      code: 'usage.option_value',
      hint: 'Give the arg another name.',
    });
  }
  return names.flatMap((name): Problem[] => {
    const entry = argsOf(root).get(name);
    if (entry === undefined) return [];
    const message = `arg \`${name}\`: in a sweep, templates see something else under this name`;
    return [{ offset: entry.keyOffset, message, hint: 'Give the arg another name.' }];
  });
}
