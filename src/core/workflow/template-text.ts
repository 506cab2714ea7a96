const tag = /\{\{.*?\}\}|\{%.*?%\}/gs;

export function hasTemplate(text: string): boolean {
  return /\{\{|\{%|(?<!\$)\{#/.test(text);
}

/** Every identifier inside a tag: more than what is used, never less. */
export function identifiersOf(text: string): Set<string> {
  const found = new Set<string>();
  for (const [inside] of text.matchAll(tag)) {
    for (const [word] of inside.matchAll(/[A-Za-z_]\w*/g)) found.add(word);
  }
  return found;
}

/** The name under which the texts of values are in a template's context. */
export const textsName = '__srunx_text';

const rawBlock = /(\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\})/s;

/**
 * `{{ name }}` alone prints the value as it was written (`0.10`, `1e-5`); in any other expression it is the value. A name
 * that the template itself sets or loops over is left alone, and so is the shell's `${#array[@]}`, which is no comment.
 */
export function printAsWritten(template: string, names: Iterable<string>): string {
  const written = new Set(names);
  for (const [, name = ''] of template.matchAll(/\{%-?\s*(?:set|for|with|macro)\s+([A-Za-z_]\w*)/g))
    written.delete(name);
  const rewrite = (text: string) =>
    text
      .replace(/\{\{(-?)\s*([A-Za-z_]\w*)\s*(-?)\}\}/g, (whole, left: string, name: string, right: string) =>
        written.has(name) ? `{{${left} ${textsName}.${name} ${right}}}` : whole,
      )
      .replaceAll('${#', '${{ "{#" }}');
  return template
    .split(rawBlock)
    .map((part, index) => (index % 2 === 1 ? part : rewrite(part)))
    .join('');
}
