import type { RuntimeDep } from '../job/exports-shell.ts';
import { variableMark } from '../job/insert-variables.ts';
import type { GraphNode } from './graph.ts';
import type { Template } from './template.ts';

/** What the command of a job reads of others when it runs. */
export interface RuntimeDeps {
  /** Direct dependencies of the job, by their names in its own file: only their values are there when it starts. */
  readonly parents: ReadonlyMap<string, string>;
  readonly found: RuntimeDep[];
}

export function createRuntimeDeps(
  edges: readonly Pick<GraphNode['edges'][number], 'parent' | 'local' | 'implied'>[],
): RuntimeDeps {
  const own = edges.filter(({ implied }) => implied !== true);
  return { parents: new Map(own.map(({ parent, local = parent }) => [local, parent])), found: [] };
}

export function usesRuntime({ references }: Template): boolean {
  return references.some(({ path }) => path[0] === 'runtime');
}

/** The value of `runtime` for a template: marks, in the place of which variables come. A text instead says what is wrong. */
export function runtimeValue({ references }: Template, deps: RuntimeDeps | undefined): object | string {
  if (deps === undefined) return '`runtime.deps` is known only when the job runs, so it may stand in `command` alone';
  const marks: Record<string, Record<string, string>> = {};
  for (const { path } of references) {
    if (path[0] !== 'runtime') continue;
    const [, group, local, key, ...rest] = path;
    if (group !== 'deps' || local === undefined || key === undefined || rest.length > 0)
      return 'write `runtime.deps.JOB.KEY`, or `runtime.deps["JOB"].KEY`';
    const parent = deps.parents.get(local);
    if (parent === undefined) return `\`runtime.deps.${local}\`: the job does not depend on \`${local}\``;
    if (!/^[A-Za-z_]\w*$/.test(key)) return `\`${key}\` is no name of an export`;
    marks[local] = { ...marks[local], [key]: variableMark(variableOf(deps, { parent, key })) };
  }
  return { deps: marks };
}

function variableOf({ found }: RuntimeDeps, { parent, key }: Pick<RuntimeDep, 'parent' | 'key'>): string {
  const known = found.find((dep) => dep.parent === parent && dep.key === key);
  if (known !== undefined) return known.variable;
  const variable = `SRUNX_DEP_${found.length + 1}`;
  found.push({ parent, key, variable });
  return variable;
}
