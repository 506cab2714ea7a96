/** A batch script with blanks: Jinja, of which nothing is left when it is submitted. */
export interface JobTemplate {
  readonly name: string;
  readonly description: string;
  readonly useCase: string;
  readonly text: string;
}

/** Names become names of files. */
export function isTemplateName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/** What begins with `-` would be an option elsewhere; such a name is only left from before. */
export function isNewTemplateName(name: string): boolean {
  return isTemplateName(name) && !name.startsWith('-');
}

export const templateNameHint =
  'Use up to 64 letters, digits, `_` and `-`, and no `-` in front: `srunx template add NAME FILE`.';
