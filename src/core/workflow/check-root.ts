import { didYouMean } from '../suggest.ts';
import { sweepWords } from '../sweep/sweep-rules.ts';
import { errorStrategies } from './error-strategy.ts';
import { childNode, type FileMap, type FileNode, textOf } from './file-tree.ts';
import { unsupportedKeys } from './job-schema.ts';
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

interface RootRule {
  readonly key: string;
  readonly kind: 'line' | 'text' | 'map' | 'list' | 'someList' | 'someFiles' | 'choice';
  readonly what: string;
  /** Of a choice: all there is. */
  readonly choices?: readonly string[];
}

/** The keys at the top, and what they hold. */
export const rootRules: readonly RootRule[] = [
  { key: 'name', kind: 'line', what: 'one line of text' },
  { key: 'description', kind: 'text', what: 'text' },
  { key: 'default_project', kind: 'line', what: 'the name of a mount' },
  { key: 'args', kind: 'map', what: 'a mapping of names to values' },
  { key: 'on_error', kind: 'choice', what: `one of ${errorStrategies.join(', ')}`, choices: errorStrategies },
  { key: 'jobs', kind: 'list', what: 'a list of jobs' },
  { key: 'include', kind: 'someFiles', what: 'a list of files' },
  { key: 'finally', kind: 'someList', what: 'a list of jobs' },
  { key: 'sweep', kind: 'map', what: sweepWords },
  { key: 'reduce', kind: 'someList', what: 'a list of jobs' },
];

export const rootKeys: readonly string[] = rootRules.map(({ key }) => key);

function checkValue(root: FileMap, { key, what, ...rule }: RootRule): Problem[] {
  const node = childNode(root, key);
  const isRight = node === undefined || isOfKind(node, rule);
  return isRight ? [] : [{ offset: node.offset, message: `\`${key}\` must be ${what}` }];
}

function isOfKind(node: FileNode, { kind, choices = [] }: Omit<RootRule, 'key' | 'what'>): boolean {
  const text = textOf(node);
  switch (kind) {
    case 'line':
      return text !== undefined && text !== '' && !/[\0\n]/.test(text);
    case 'text':
      return text !== undefined;
    case 'choice':
      return text !== undefined && choices.includes(text);
    case 'map':
    case 'list':
    case 'someList':
    case 'someFiles':
      // A key above lines that are all commented out has no value.
      return node.kind === (kind === 'map' ? 'map' : 'list') || isNothing(node);
  }
}

function isNothing(node: FileNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function checkJobList(root: FileMap): Problem[] {
  const jobs = childNode(root, 'jobs');
  const include = childNode(root, 'include');
  // A file may do nothing but put others together.
  if (jobs === undefined && include?.kind === 'list' && include.items.length > 0) return [];
  const isEmpty = jobs === undefined || isNothing(jobs) || (jobs.kind === 'list' && jobs.items.length === 0);
  if (!isEmpty) return [];
  return [{ offset: jobs?.offset, message: 'the file has no jobs', hint: 'Add at least one below `jobs:`.' }];
}
