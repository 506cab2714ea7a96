import { isJobName, jobNameHint } from '../job/job-name.ts';
import { didYouMean } from '../suggest.ts';
import { notSupported, unknownKeyHint } from './check-root.ts';
import { childNode, type FileMap, type FileNode, textOf } from './file-tree.ts';
import { edgeTypes, type GraphNode, parseEdge, type WrittenEdge } from './graph.ts';
import { isJobKey, jobKeys, unsupportedKeys } from './job-schema.ts';
import { type Combination, matrixValue, readMatrix } from './matrix.ts';
import { type LeafContext, renderText } from './render-leaves.ts';
import type { Unit } from './unit.ts';

/** A job of which only name and edges are read. */
export interface Draft extends GraphNode {
  readonly node: FileMap;
  readonly unit: Unit;
  /** By the names of this file: how many jobs there are of each matrix. */
  readonly families?: ReadonlyMap<string, number>;
  /** Its values, where it is one of a matrix. */
  readonly matrix?: Combination;
  /** It runs when all others have ended. */
  readonly isFinal?: boolean;
}

export interface DraftContext extends Omit<LeafContext, 'what'> {
  readonly unit: Unit;
}

/** Names and edges of all jobs come first, as everything else may depend on them; their templates see the args only. */
export function readDrafts(jobs: FileNode | undefined, context: DraftContext): readonly Draft[] {
  const items = jobs?.kind === 'list' ? jobs.items : [];
  return items.flatMap((item) => {
    if (item.kind === 'map') return readDraft(item, context);
    const message = 'a job must be a mapping with `name` and `command` or `script_path`';
    context.problems.push({ offset: item.offset, message });
    return [];
  });
}

function readDraft(node: FileMap, context: DraftContext): Draft[] {
  const written = textOf(childNode(node, 'name'));
  const what = written === undefined ? 'a job' : `job \`${written}\``;
  checkKeys(node, { ...context, what });
  const name = readName(node, { ...context, what });
  const { unit } = context;
  const draft = { node, unit, file: unit.file, offset: childNode(node, 'name')?.offset ?? node.offset };
  const matrix = node.entries.get('matrix')?.value;
  const dependencies = childNode(node, 'depends_on');
  if (matrix === undefined) {
    const edges = readEdges(dependencies, { ...context, what });
    return name === undefined ? [] : [{ ...draft, name, edges }];
  }
  const combinations = readMatrix(matrix, { ...context, what });
  const instances = combinations.map((combination, index) => ({ combination, name: `${name}-${index + 1}` }));
  const tooLong = instances.find((instance) => !isJobName(instance.name));
  if (name === undefined || tooLong !== undefined) {
    const message = `the name of ${what} is too long: one of its matrix would be \`${tooLong?.name}\``;
    if (name !== undefined) context.problems.push({ offset: draft.offset, message, hint: jobNameHint });
    return [];
  }
  return instances.map((instance) => {
    const values = matrixValue(instance.combination);
    const edges = readEdges(dependencies, { ...context, what: `job \`${instance.name}\``, matrix: values });
    return { ...draft, name: instance.name, family: name, edges, matrix: instance.combination };
  });
}

/** Keys are looked at before any template: they say which leaves there are. */
export function checkKeys({ entries }: FileMap, { what, problems }: LeafContext): void {
  for (const [key, { keyOffset: offset, value }] of entries) {
    if (key === 'outputs' && value.kind === 'map') {
      const hint = 'Rename it to `exports`, and read the values as {{ deps.JOB.KEY }}.';
      problems.push({ offset, message: `${what} has \`outputs\`, which was renamed to \`exports\``, hint });
    } else if (isJobKey(key)) continue;
    else if (unsupportedKeys.has(key)) {
      const { message, hint } = notSupported(key);
      problems.push({ offset, message: `${what}: ${message}`, hint });
    } else {
      const hint = () => didYouMean(key, jobKeys) ?? unknownKeyHint;
      problems.push({ offset, message: `${what} has an unknown key \`${key}\``, hint });
    }
  }
}

function readName(node: FileMap, context: LeafContext): string | undefined {
  const name = childNode(node, 'name');
  const { problems } = context;
  if (name === undefined) {
    problems.push({ offset: node.offset, message: 'a job has no `name`', hint: jobNameHint });
    return undefined;
  }
  const written = textOf(name);
  if (written === undefined) {
    problems.push({ offset: name.offset, message: 'a job name must be text', hint: 'Put it into quotes.' });
    return undefined;
  }
  const rendered = renderText(written, name.offset, { ...context, what: `${context.what}: \`name\`` });
  if (rendered === undefined || isJobName(rendered)) return rendered;
  problems.push({ offset: name.offset, message: `\`${rendered}\` is not a job name`, hint: jobNameHint });
  return undefined;
}

function readEdges(node: FileNode | undefined, context: LeafContext): WrittenEdge[] {
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  const items = node.kind === 'list' ? node.items : [node];
  return items.flatMap((item) => readEdge(item, context));
}

function readEdge(node: FileNode, context: LeafContext): WrittenEdge[] {
  const { offset } = node;
  const { what, problems } = context;
  const written = textOf(node);
  if (written === undefined) {
    const message = `${what}: a dependency must be text`;
    problems.push({ offset, message, hint: 'Write JOB or TYPE:JOB, or a list of them.' });
    return [];
  }
  const rendered = renderText(written, offset, { ...context, what: `${what}: \`depends_on\`` });
  if (rendered === undefined) return [];
  const edge = parseEdge(rendered);
  if (edge !== undefined) return [{ ...edge, offset }];
  const type = rendered.split(':', 1)[0] ?? '';
  // Not `afterok`, which it looks like: it ties the tasks of two arrays to each other, and a job here is no array.
  const suggestion = type === 'aftercorr' ? undefined : didYouMean(type, edgeTypes);
  const hint = suggestion ?? `There are: ${edgeTypes.join(', ')}.`;
  problems.push({ offset, message: `${what}: \`${type}\` is no type of dependency`, hint });
  return [];
}
