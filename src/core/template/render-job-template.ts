import { UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { renderTemplate, type TemplateValues } from '../workflow/render-template.ts';
import type { TemplateRenderer } from '../workflow/renderer.ts';
import { parseTemplate } from '../workflow/template.ts';
import { holesOf, templateNames } from './template-values.ts';

export interface TemplateRequest {
  /** As messages call it. */
  readonly what: string;
  readonly text: string;
  readonly values: TemplateValues;
  /** Names of `--var`. */
  readonly variables: readonly string[];
  /** What was asked for, and the names of which the template must use one: otherwise it would have no effect. */
  readonly asked: readonly { readonly option: string; readonly names: readonly string[] }[];
  readonly renderer: TemplateRenderer;
}

/**
 * The text of the batch script. Throws a UsageError for what cannot be rendered, for a name that is printed and has no value, and
 * for a variable that nothing uses: it is a slip of the pen.
 */
export function renderJobTemplate(request: TemplateRequest): {
  readonly script: string;
  /** What it uses, or might in another case. */
  readonly names: ReadonlySet<string>;
} {
  const { what, values, renderer } = request;
  const template = parseTemplate(request.text);
  const used = new Set(template.references.map(({ path }) => path[0] ?? ''));
  if (template.fault === undefined) requireUsed(request, used);
  const rendered = renderTemplate(template, { values, renderer });
  if ('fault' in rendered) {
    throw new UsageError(`${what}: ${rendered.fault}`, {
      code: 'usage.template',
      hint: 'Set what is missing with --var NAME=VALUE, or correct the template.',
    });
  }
  const [hole] = holesOf(rendered.text);
  if (hole === undefined) return { script: rendered.text, names: used };
  throw new UsageError(`${what} needs \`${hole}\`, which has no value`, {
    code: 'usage.template_value',
    hint: `Give it one with ${optionFor(hole)}.`,
  });
}

function requireUsed({ what, variables, asked }: TemplateRequest, used: ReadonlySet<string>): void {
  const variable = variables.find((name) => !used.has(name));
  if (variable !== undefined) {
    throw new UsageError(`${what} does not use the variable \`${variable}\``, {
      code: 'usage.template_variable',
      hint: didYouMean(variable, used) ?? 'Leave it out, or correct its name.',
    });
  }
  const [unused] = asked.filter(({ names }) => !names.some((name) => used.has(name)));
  if (unused === undefined) return;
  throw new UsageError(`${unused.option} has no effect on ${what}`, {
    code: 'usage.option_conflict',
    hint: `It uses none of ${unused.names.map((name) => `{{ ${name} }}`).join(', ')}; leave the option out, or add one.`,
  });
}

function optionFor(name: string): string {
  if (name === 'command' || name === 'launch') return "--wrap 'COMMAND'";
  if (name === 'container') return '--container IMAGE';
  const option = templateNames[name];
  return option?.startsWith('--') === true ? `${option}, or --var ${name}=VALUE` : `--var ${name}=VALUE`;
}
