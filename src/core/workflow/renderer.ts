/** A rendered template, or why there is none, in words for the user. */
export type Rendered = { readonly text: string } | { readonly fault: string };

/** Renders one template text. Loading a template engine takes disk access, so the core is given one. */
export interface TemplateRenderer {
  /**
   * Faults are syntax, unknown filters, undefined values, too much work, memory or output; nothing is thrown, and what happens in
   * one call has no effect on the next. The filter {@link printFilter} is `printValue`.
   */
  render(template: string, context: Readonly<Record<string, unknown>>): Rendered;
}

export interface TemplateChecker {
  /** What is wrong with its syntax, which needs no values to be seen; `undefined`: nothing. */
  check(template: string): string | undefined;
}

/** The name of the filter that templates are rewritten to use. */
export const printFilter = '__srunx_print';
