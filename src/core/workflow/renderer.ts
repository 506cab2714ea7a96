/** Renders one template text. Loading a template engine takes disk access, so the core is given one. */
export interface TemplateRenderer {
  /** Throws an Error whose message is for the user: undefined names, syntax, too much work or output. */
  render(template: string, context: Readonly<Record<string, unknown>>): string;
}
