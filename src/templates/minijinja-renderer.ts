import { Environment } from 'minijinja-js';
import type { TemplateRenderer } from '../core/workflow/renderer.ts';

/** Instructions per template: a loop over a few thousand items passes, one without end does not. */
const fuel = 1_000_000;

const maxOutputLength = 1024 * 1024;

/**
 * Jinja by its author, as WASM: it has no way to JavaScript's objects (`constructor` is an undefined name to it), no file
 * access, and a limit on the work of each template.
 */
export function createRenderer(): TemplateRenderer {
  const environment = new Environment();
  environment.undefinedBehavior = 'strict';
  environment.keepTrailingNewline = true;
  environment.fuel = fuel;
  environment.enablePyCompat();
  return {
    render(template, context) {
      const text = renderText(environment, template, context);
      if (text.length > maxOutputLength) throw new Error(`the result has more than ${maxOutputLength} characters`);
      return text;
    },
  };
}

function renderText(environment: Environment, template: string, context: Readonly<Record<string, unknown>>): string {
  try {
    return environment.renderStr(template, context);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The engine names its own source: "syntax error: unexpected end of input (in <string>:1)".
    throw new Error(message.replace(/ \(in <string>:\d+\)/, ''), { cause: error });
  }
}
