import type { ArgScope } from './arg-scope.ts';
import { absenceIn, absentHint } from './file-part.ts';
import type { FileNode } from './file-tree.ts';
import { textContainers } from './job-schema.ts';
import type { Problem } from './problems.ts';
import { renderTemplate, type TemplateValue } from './render-template.ts';
import type { TemplateRenderer } from './renderer.ts';
import { type RuntimeDeps, runtimeValue, usesRuntime } from './runtime-deps.ts';
import { hasTemplate, parseTemplate } from './template.ts';

export interface LeafContext {
  readonly scope: ArgScope;
  readonly renderer: TemplateRenderer;
  readonly problems: Problem[];
  /** For messages: `job \`a\``. */
  readonly what: string;
  /** The exports of the jobs that this one depends on. `unknown`: those of one of them cannot be told. */
  readonly deps?: Readonly<Record<string, Readonly<Record<string, string>>>> | 'unknown';
  /** What the job reads of others when it runs; only a command can. */
  readonly runtime?: RuntimeDeps | undefined;
  /** The values of this job of a matrix. */
  readonly matrix?: TemplateValue | undefined;
  /** How many jobs there are of each matrix, by its name. */
  readonly families?: ReadonlyMap<string, number>;
}

/** `undefined`: it cannot be rendered, and why is among the problems. */
export function renderText(text: string, offset: number, context: LeafContext): string | undefined {
  if (!hasTemplate(text)) return text;
  const template = parseTemplate(text);
  const absence = absenceIn(template, context.scope.absent);
  if (absence !== undefined) {
    context.problems.push({ offset, message: `${context.what}: ${absence}`, hint: absentHint });
    return undefined;
  }
  const values = context.scope.valuesFor(template);
  if (values === undefined) return undefined;
  if (context.deps !== undefined && template.references.some(({ path }) => path[0] === 'deps')) {
    if (context.deps === 'unknown') return undefined;
    const family = template.references.find(({ path }) => path[0] === 'deps' && isFamily(path[1] ?? '', context));
    if (family !== undefined) {
      context.problems.push({ offset, ...describeFamily(family.path[1] ?? '', context) });
      return undefined;
    }
    values.set('deps', { value: context.deps });
  }
  if (usesRuntime(template) && !context.scope.names.includes('runtime')) {
    const value = runtimeValue(template, context.runtime);
    if (typeof value === 'string') {
      context.problems.push({ offset, message: `${context.what}: ${value}`, hint: undefined });
      return undefined;
    }
    values.set('runtime', { value });
  }
  if (context.matrix !== undefined) values.set('matrix', context.matrix);
  const rendered = renderTemplate(template, { values, renderer: context.renderer, names: context.scope.names });
  if ('text' in rendered) return rendered.text;
  const isOfSweep = /^`(?:cell|sweep)[.`].* is undefined/.test(rendered.fault) && !values.has('sweep');
  const hint = isOfSweep ? sweepHint : rendered.fault.includes('undefined') ? undefinedHint : undefined;
  context.problems.push({ offset, message: `${context.what}: ${rendered.fault}`, hint });
  return undefined;
}

/** Such a name stands for several jobs. */
function isFamily(name: string, { deps = {}, families }: LeafContext): boolean {
  return deps !== 'unknown' && !Object.hasOwn(deps, name) && families?.has(name) === true;
}

function describeFamily(name: string, { what, families }: LeafContext): Pick<Problem, 'message' | 'hint'> {
  return {
    message: `${what}: \`deps.${name}\` could be any of the ${families?.get(name)} jobs of a matrix`,
    hint: `Name one of them: {{ deps["${name}-1"].KEY }}.`,
  };
}

const undefinedHint = 'Templates see the `args` of the file, and `deps.JOB.KEY` of the jobs in `depends_on`.';

const sweepHint = '`cell` and `sweep` are known in a sweep: write `sweep:` into the file, or use --sweep KEY=v1,v2.';

export interface LeavesContext extends LeafContext {
  /** The key whose value is rendered. */
  readonly key: string;
  /** Where a leaf stands that could not be rendered. */
  readonly failed: Set<number>;
}

/**
 * Renders the string leaves of a value, never the text of the file: a value cannot become a key or a second line. A leaf that
 * cannot be rendered becomes empty, and its place is added to `failed`.
 */
export function renderLeaves(node: FileNode, context: LeavesContext): unknown {
  switch (node.kind) {
    case 'scalar': {
      if (typeof node.value !== 'string') return node.value;
      const rendered = renderText(node.value, node.offset, context);
      if (rendered === undefined) context.failed.add(node.offset);
      return rendered ?? '';
    }
    case 'list':
      return node.items.map((item) => renderItem(item, context));
    case 'map':
      return Object.fromEntries(
        [...node.entries].flatMap(([key, { value }]): [string, unknown][] => {
          if (textContainers.has(context.key)) return [[key, renderItem(value, context)]];
          // For other tools, as at the top of the file.
          return key.startsWith('x-') ? [] : [[key, renderLeaves(value, { ...context, key })]];
        }),
      );
  }
}

/** A scalar in the command, in the environment and the like is the text that was written. */
function renderItem(node: FileNode, context: LeavesContext): unknown {
  const isWritten = node.kind === 'scalar' && typeof node.value !== 'string' && node.value !== null;
  return isWritten && textContainers.has(context.key) ? node.text : renderLeaves(node, context);
}
