import { expectationOf } from '../../src/core/config/check-config-value.ts';
import {
  type ConfigKind,
  type ConfigNode,
  configKeys,
  configSchema,
  formatKey,
} from '../../src/core/config/config-schema.ts';

/** What is written from the table of configuration keys, by path: a page for people, and a JSON Schema for editors. */
export function renderConfigReference(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/configuration.md', renderPage()],
    ['schemas/config.schema.json', `${JSON.stringify(renderSchema(), null, 2)}\n`],
  ]);
}

function renderPage(): string {
  const rows = configKeys().map(({ path, leaf }) => {
    const notes = [
      leaf.extra === true ? 'in `extra.json`' : '',
      leaf.risky === true ? 'only from a trusted project' : '',
    ];
    const variable = leaf.variable === undefined ? '' : `\`${leaf.variable}\``;
    return `| \`${formatKey(path)}\` | ${leaf.description} | ${expectationOf(leaf.kind)} | ${variable} | ${notes.filter(Boolean).join(', ')} |`;
  });
  return [
    '# Keys of the configuration',
    '',
    'Written from the table of keys by `npm run reference`. How files and variables go together is in the [guide](../guide/configuration.md).',
    '',
    '| Key | Meaning | Value | Variable | |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function renderSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:srunx:config',
    title: 'Configuration of srunx',
    ...schemaOf({ group: configSchema }),
  };
}

function schemaOf(node: ConfigNode): Record<string, unknown> {
  if ('leaf' in node) return { description: node.leaf.description, ...schemaOfKind(node.leaf.kind) };
  if ('each' in node) {
    return {
      type: ['object', 'null'],
      propertyNames: { pattern: node.names.source },
      additionalProperties: schemaOf(node.each),
    };
  }
  const properties = Object.fromEntries(Object.entries(node.group).map(([name, below]) => [name, schemaOf(below)]));
  // Names that begin with `//` are comments.
  return { type: ['object', 'null'], properties, patternProperties: { '^//': {} } };
}

function schemaOfKind(kind: ConfigKind): Record<string, unknown> {
  if (typeof kind === 'object') return { enum: [...kind.oneOf, null] };
  switch (kind) {
    case 'flag':
      return { type: ['boolean', 'null'] };
    case 'count':
      return { type: ['integer', 'null'], minimum: 1 };
    case 'amount':
      return { type: ['integer', 'null'], minimum: 0 };
    case 'port':
      return { type: ['integer', 'null'], minimum: 1, maximum: 65_535 };
    case 'texts':
      return { type: ['array', 'null'], items: { type: 'string' } };
    case 'mounts':
      return { type: ['array', 'null'], items: { type: 'object', required: ['name', 'local', 'remote'] } };
    case 'value':
    case 'text':
    case 'secret':
    case 'memory':
    case 'time':
      return { type: ['string', 'null'] };
  }
}
