import { SrunxError } from '../errors.ts';
import { lintScript } from '../job/lint-script.ts';
import { offsetOf } from './file-tree.ts';
import type { Problem } from './problems.ts';
import type { ReadJob } from './read-jobs.ts';
import { renderTemplate } from './render-template.ts';
import type { TemplateRenderer } from './renderer.ts';
import { parseTemplate } from './template.ts';

export interface ScriptContext {
  /** The text of a file; throws a SrunxError where there is none. `undefined`: it is not to be had. */
  readonly readScript: (path: string) => string | undefined;
  readonly renderer: TemplateRenderer;
  readonly problems: Problem[];
  /** What is worth saying about this job and no obstacle. */
  readonly warnings: string[];
}

/** The user's file, byte for byte; a template only where it was given variables. */
export function readUserScript(read: ReadJob, context: ScriptContext): string | undefined {
  const { name, job, node } = read;
  const offset = offsetOf(node, [node.entries.has('script_path') ? 'script_path' : 'path']);
  const path = job.script_path ?? '';
  const fail = (message: string, hint: string | undefined): undefined => {
    context.problems.push({ offset, message: `job \`${name}\`: ${message}`, hint });
  };
  const misplaced = misplacedKeys(read);
  if (misplaced.length > 0) {
    const message = `\`${misplaced.join('`, `')}\` cannot be applied to a script, which is submitted as it is`;
    return fail(message, 'Put it into the script, or use `command`.');
  }
  const text = readFile(path, context);
  if (typeof text !== 'string') return fail(text.message, text.hint);
  const script = renderScriptText(text, read, context);
  if (typeof script !== 'string') return fail(`${path}: ${script.fault}`, scriptHint);
  const problems = lintScript(script);
  for (const { severity, message, hint, line } of problems) {
    const words = `${path}${line === undefined ? '' : `:${line}`}: ${message}`;
    if (severity === 'error') fail(words, hint);
    else context.warnings.push(words);
  }
  return problems.some(({ severity }) => severity === 'error') ? undefined : script;
}

const scriptHint = 'Templates in a script see its `script_vars`; without any, it is submitted as it is.';

function misplacedKeys({ job }: ReadJob): string[] {
  const { envVars: _variables, ...activation } = job.environment;
  const snakeCase = (key: string) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const given = Object.entries(activation).filter(([, value]) => value !== null);
  const launch = (['template', 'launcher', 'srun_args', 'launch_prefix'] as const).filter(
    (key) => job[key] !== undefined,
  );
  return [...given.map(([key]) => snakeCase(key)), ...launch];
}

function readFile(
  path: string,
  { readScript }: ScriptContext,
): string | { readonly message: string; readonly hint: string | undefined } {
  try {
    const hint = 'The path is relative to the directory you start from.';
    return readScript(path) ?? { message: `there is no readable script ${path}`, hint };
  } catch (error) {
    if (error instanceof SrunxError) return error;
    throw error;
  }
}

function renderScriptText(
  text: string,
  { scriptVars }: ReadJob,
  { renderer }: ScriptContext,
): string | { readonly fault: string } {
  if (scriptVars.size === 0) return text;
  const rendered = renderTemplate(parseTemplate(text), { values: scriptVars, renderer });
  return 'text' in rendered ? rendered.text : rendered;
}
