import { textsOf } from './evaluate-arg.ts';
import type { FileEntry, FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';

/** `python:` values would be code: they are refused before anything is evaluated, at any depth of an arg. */
export function findPythonArgs(
  args: ReadonlyMap<string, FileEntry>,
  overrides: Readonly<Record<string, string>>,
): Problem[] {
  const inFile = [...args]
    .filter(([name, { value }]) => !Object.hasOwn(overrides, name) && isPythonNode(value))
    .map(([name, { value }]) => ({ offset: value.offset, ...refusal(`the arg \`${name}\``) }));
  const typed = Object.entries(overrides).filter(([, text]) => isPython(text));
  return [...inFile, ...typed.map(([name]) => refusal(`--arg ${name}`))];
}

function refusal(what: string): Problem {
  return {
    message: `${what} is a \`python:\` value, which is not supported yet`,
    hint: 'Write the value itself, or a template such as {{ a * 2 }}.',
  };
}

function isPythonNode(node: FileNode): boolean {
  return textsOf(node).some(isPython);
}

function isPython(text: string): boolean {
  return /^\s*python:/i.test(text);
}
