import type { FileEntry, FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import { isPython } from './python-code.ts';

/** `python:` values are code: only the command line, where people run their own files, evaluates them. Found at any depth of an arg. */
export function findPythonArgs(
  args: ReadonlyMap<string, FileEntry>,
  overrides: Readonly<Record<string, string>>,
  hint = onlyCommandLine,
): Problem[] {
  const inFile = [...args]
    .filter(([name]) => !Object.hasOwn(overrides, name))
    .flatMap(([name, { value }]) => pythonLeaves(value, name))
    .map(({ path, text, offset }) => ({ offset, ...refusal(path, text, hint) }));
  const given = Object.entries(overrides).filter(([, text]) => isPython(text));
  return [...inFile, ...given.map(([name, text]) => refusal(name, text, hint))];
}

const onlyCommandLine =
  'Only the command line evaluates it: srunx flow run. Here, write the value itself, or a template such as {{ a * 2 }}.';

function refusal(path: string, text: string, hint: string): Problem {
  const shown = text.length > maxShown ? `${text.slice(0, maxShown)}...` : text;
  return {
    message: `args at '${path}' contains 'python:' prefix which is not allowed: '${shown.replace(/\s*\n\s*/g, ' ')}'`,
    hint,
  };
}

const maxShown = 60;

interface Leaf {
  /** `a.b[0]`. */
  readonly path: string;
  readonly text: string;
  readonly offset: number;
}

function pythonLeaves(node: FileNode, path: string): Leaf[] {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' && isPython(node.value)
        ? [{ path, text: node.value, offset: node.offset }]
        : [];
    case 'list':
      return node.items.flatMap((item, index) => pythonLeaves(item, `${path}[${index}]`));
    case 'map':
      return [...node.entries].flatMap(([key, { value }]) => pythonLeaves(value, `${path}.${key}`));
  }
}
