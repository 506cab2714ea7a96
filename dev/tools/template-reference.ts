import { builtInTemplates } from '../../src/core/template/built-in-templates.ts';
import { templateNames } from '../../src/core/template/template-values.ts';

/** What is written from the built-in templates and the names that templates may use, by path. */
export function renderTemplateReference(): ReadonlyMap<string, string> {
  const templates = builtInTemplates.map(
    ({ name, description, useCase }) => `| \`${name}\` | ${description} | ${useCase.replaceAll('|', '\\|')} |`,
  );
  const names = Object.entries(templateNames).map(
    ([name, meaning]) =>
      `| \`${name}\` | ${meaning.startsWith('--') ? `\`${meaning}\`, or the configured value` : meaning} |`,
  );
  const page = [
    '# Templates',
    '',
    'Written from the built-in templates by `npm run reference`. How to use them and write your own is in the [guide](../guide/templates.md).',
    '',
    '## Built in',
    '',
    '| Template | What it is | What it is for |',
    '|---|---|---|',
    ...templates,
    '',
    '## Names in a template',
    '',
    '| Name | What stands for it |',
    '|---|---|',
    ...names,
    '',
  ];
  return new Map([['docs/reference/templates.md', page.join('\n')]]);
}
