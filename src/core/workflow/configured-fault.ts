import { type ConfiguredValue, configKeyOf, namedIn, valuesOf } from '../config/configured-value.ts';
import type { JobDefaults } from '../config/job-defaults.ts';
import { formatPlace } from '../config/origin.ts';
import { childNode, type FileMap, type FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';

export interface JobFault {
  readonly path: readonly PropertyKey[];
  /** What the path begins in; absent for a key of the job itself. */
  readonly group?: 'resources' | 'environment' | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The problem where the value at fault is not the job's, but was configured; else `undefined`. */
export function configuredProblem(
  { path, group, message, hint }: JobFault,
  { node, defaults }: { readonly node: FileMap; readonly defaults: JobDefaults | undefined },
): Problem | undefined {
  const [name, ...below] = path.filter((part) => typeof part === 'string');
  if (name === undefined || defaults === undefined || isWritten([name, ...below], { node, group })) return undefined;
  const key = [group === undefined ? name : configKeyOf(group, name), ...below].join('.');
  const [value] = namedIn(message, valuesOf(defaults.values, [key]));
  return value === undefined ? undefined : describe(value, { message, hint });
}

function describe({ key, origin }: ConfiguredValue, { message, hint }: Pick<JobFault, 'message' | 'hint'>): Problem {
  return {
    place: formatPlace(origin),
    message: `${key}: ${message}`,
    hint: hint ?? 'It is configured: `srunx config edit` opens the file.',
  };
}

/** Whether the job says it itself, flat or below its group. Variables come one by one, all else as a whole. */
function isWritten(
  [name = '', ...below]: readonly string[],
  { node, group }: { readonly node: FileMap; readonly group: JobFault['group'] },
): boolean {
  const grouped = group === undefined ? undefined : childNode(childNode(node, group), name);
  const written = childNode(node, name) ?? grouped;
  if (name !== 'env_vars' || below.length === 0) return written !== undefined;
  return hasChild(written, below[0] ?? '');
}

function hasChild(node: FileNode | undefined, name: string): boolean {
  return childNode(node, name) !== undefined;
}
