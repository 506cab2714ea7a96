import { didYouMean } from '../suggest.ts';
import { childNode, type FileMap, type FileNode, textOf } from './file-tree.ts';
import { rootKeys, unsupportedKeys } from './job-schema.ts';
import type { Problem } from './problems.ts';

/** What is wrong with the keys at the top of a workflow file. */
export function checkRoot(root: FileMap): Problem[] {
  return [...checkKeys(root), ...rootRules.flatMap((rule) => checkValue(root, rule)), ...checkJobList(root)];
}

function checkKeys({ entries }: FileMap): Problem[] {
  return [...entries].flatMap(([key, { keyOffset }]): Problem[] => {
    if (key.startsWith('x-') || rootKeys.includes(key)) return [];
    if (key === 'outputs' || unsupportedKeys.has(key)) return [{ offset: keyOffset, ...notSupported(key) }];
    const hint = () => didYouMean(key, rootKeys) ?? unknownKeyHint;
    return [{ offset: keyOffset, message: `unknown key \`${key}\``, hint }];
  });
}

/** Accepted and ignored, a key would be a promise that nobody keeps. */
export function notSupported(key: string): Pick<Problem, 'message' | 'hint'> {
  return {
    message: `\`${key}\` is not supported yet`,
    hint: 'Remove the key: ignored, it would promise what does not happen.',
  };
}

export const unknownKeyHint = 'Keys for other tools begin with `x-`.';

interface Rule {
  readonly key: string;
  readonly isRight: (node: FileNode) => boolean;
  readonly what: string;
}

const isLine = (node: FileNode): boolean => {
  const text = textOf(node);
  return text !== undefined && text !== '' && !/[\0\n]/.test(text);
};

const rootRules: readonly Rule[] = [
  { key: 'name', isRight: isLine, what: 'one line of text' },
  { key: 'description', isRight: (node) => textOf(node) !== undefined, what: 'text' },
  { key: 'default_project', isRight: isLine, what: 'the name of a mount' },
  // A key above lines that are all commented out has no value.
  { key: 'args', isRight: (node) => node.kind === 'map' || isNothing(node), what: 'a mapping of names to values' },
  { key: 'jobs', isRight: (node) => node.kind === 'list' || isNothing(node), what: 'a list of jobs' },
];

function isNothing(node: FileNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function checkValue(root: FileMap, { key, isRight, what }: Rule): Problem[] {
  const node = childNode(root, key);
  return node === undefined || isRight(node) ? [] : [{ offset: node.offset, message: `\`${key}\` must be ${what}` }];
}

function checkJobList(root: FileMap): Problem[] {
  const jobs = childNode(root, 'jobs');
  const isEmpty = jobs === undefined || isNothing(jobs) || (jobs.kind === 'list' && jobs.items.length === 0);
  if (!isEmpty) return [];
  return [{ offset: jobs?.offset, message: 'the file has no jobs', hint: 'Add at least one below `jobs:`.' }];
}
