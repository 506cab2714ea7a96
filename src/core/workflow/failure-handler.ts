import { isJobName } from '../job/job-name.ts';
import type { FileMap, FileNode } from './file-tree.ts';
import type { WrittenEdge } from './graph.ts';
import { structuralKeys } from './job-schema.ts';
import { checkKeys, type Draft, type DraftContext } from './read-drafts.ts';

/** What these would say follows from the job. */
const ownersKeys = structuralKeys;

/**
 * The job that `on_failure` describes. It waits for the failure of its owner; and as one that never started counts as not
 * completed, also for what its owner needs to start, so that it is skipped with it.
 */
export function handlerOf(owner: Draft, context: DraftContext): Draft[] {
  const written = owner.node.entries.get('on_failure');
  if (written === undefined || isNothing(written.value)) return [];
  const { value, keyOffset: offset } = written;
  const name = `${owner.name}.on_failure`;
  const node = asJob(value, offset);
  const what = `job \`${name}\``;
  if (!isJobName(name)) {
    const message = `the name of job \`${owner.name}\` is too long: its \`on_failure\` would be \`${name}\``;
    context.problems.push({ offset: owner.offset, message, hint: 'Job names have at most 128 characters.' });
    return [];
  }
  for (const key of ownersKeys) {
    const entry = node.entries.get(key);
    if (entry === undefined) continue;
    const message = `${what} cannot have \`${key}\`: it is called so, and runs when \`${owner.name}\` has failed`;
    context.problems.push({ offset: entry.keyOffset, message, hint: 'Remove the key, or write a job of its own.' });
  }
  checkKeys(node, { ...context, what });
  const needed = owner.edges.filter(({ type }) => type === 'afterok' || type === 'afternotok');
  const edges: WrittenEdge[] = [
    { type: 'afternotok', parent: owner.name, offset },
    ...needed.map((edge) => ({ ...edge, implied: true })),
  ];
  const { family, matrix } = owner;
  return [
    {
      ...{
        unit: owner.unit,
        file: owner.unit.file,
        name,
        edges,
        offset,
        handles: owner.name,
        node: withoutKeys(node, ownersKeys),
      },
      ...(family === undefined ? {} : { family: `${family}.on_failure` }),
      ...(matrix === undefined ? {} : { matrix }),
    },
  ];
}

/** A command alone, or a mapping of a job's keys. */
function asJob(value: FileNode, keyOffset: number): FileMap {
  if (value.kind === 'map') return value;
  return {
    kind: 'map',
    offset: value.offset,
    weight: value.weight,
    entries: new Map([['command', { keyOffset, value }]]),
  };
}

function withoutKeys(node: FileMap, keys: readonly string[]): FileMap {
  const entries = new Map([...node.entries].filter(([key]) => !keys.includes(key)));
  return { ...node, entries };
}

function isNothing(node: FileNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
