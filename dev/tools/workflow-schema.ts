import { z } from 'zod';
import { jobNamePattern } from '../../src/core/job/job-name.ts';
import { variableName } from '../../src/core/job/variable-name.ts';
import { rootRules } from '../../src/core/workflow/check-root.ts';
import { controlSchema } from '../../src/core/workflow/control-schema.ts';
import { edgeTypes } from '../../src/core/workflow/graph.ts';
import {
  flatKeys,
  type Group,
  groupSchemas,
  jobKeys,
  jobSchema,
  structuralKeys,
} from '../../src/core/workflow/job-schema.ts';
import { readGuideTables } from './guide-tables.ts';

type JsonSchema = Record<string, unknown>;

/** The meaning of a key below a heading of the guide. */
type Meaning = (section: string, key: string) => string;

/**
 * The JSON Schema of workflow files, for editors: it must refuse nothing that the loader takes. From the schemas of the loader, with
 * the words of `docs/guide/workflows.md`. Draft 7, because that is the one that editors of YAML know.
 */
export function renderWorkflowSchema(guide: string): string {
  const tables = readGuideTables(guide);
  const meaning: Meaning = (section, key) => {
    const text = tables.get(section)?.get(key);
    if (text === undefined) throw new Error(`docs/guide/workflows.md does not explain \`${key}\` below "${section}"`);
    return text.replace(/, see below$|, or a mapping with the keys below$/, '');
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:srunx:workflow',
    title: 'Workflow of srunx',
    ...rootSchema(meaning),
    definitions: {
      template: { description: 'a text with `{{ … }}` or `{% … %}` in it', type: 'string', pattern: templateMark },
      job: renderJob(meaning),
      handler: renderHandler(meaning),
      resources: groupDefinition('resources', (key) =>
        key === 'sbatch_args' ? 'further options of sbatch, one per entry' : `${meaning('Resources', key)} of sbatch`,
      ),
      environment: groupDefinition('environment', (key) => meaning('Environment', key)),
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** `{#` is a comment, except in the shell's `${#array[@]}`. */
const templateMark = '\\{\\{|\\{%|(^|[^$])\\{#';

const template = { $ref: '#/definitions/template' };

/** Other programs may have keys of their own. */
const closed = { patternProperties: { '^x-': {} }, additionalProperties: false };

const include: JsonSchema = {
  type: 'object',
  properties: {
    file: { type: 'string', minLength: 1 },
    as: { anyOf: [{ type: 'string', pattern: jobNamePattern.source }, template] },
    args: { type: ['object', 'null'] },
  },
  required: ['file'],
  ...closed,
};

function rootSchema(meaning: Meaning): JsonSchema {
  const kinds = {
    line: { type: 'string', minLength: 1 },
    text: { type: 'string' },
    map: { type: ['object', 'null'] },
    someFiles: { type: ['array', 'null'], items: { anyOf: [{ type: 'string', minLength: 1 }, include] } },
    someList: { type: ['array', 'null'], items: { $ref: '#/definitions/job' } },
    list: { type: 'array', minItems: 1, items: { $ref: '#/definitions/job' } },
  };
  const properties = rootRules.map(({ key, kind, choices }) => [
    key,
    { description: meaning('Top level', key), ...(kind === 'choice' ? { enum: choices } : kinds[kind]) },
  ]);
  const anyOf = [
    { required: ['jobs'] },
    { required: ['include'], properties: { include: { type: 'array', minItems: 1 } } },
  ];
  return { type: 'object', properties: Object.fromEntries(properties), anyOf, ...closed };
}

function renderJob(meaning: Meaning): JsonSchema {
  const own = { ...propertiesOf(jobSchema), ...propertiesOf(controlSchema) };
  const edge = { anyOf: [{ type: 'string', pattern: `^(?:[^:]*$|\\s*(?:${edgeTypes.join('|')})\\s*:)` }, template] };
  const word = { type: ['string', 'number', 'boolean'] };
  const others: Record<string, JsonSchema> = {
    name: { anyOf: [{ type: 'string', pattern: jobNamePattern.source }, template] },
    depends_on: { anyOf: [edge, { type: 'array', items: edge }, { type: 'null' }] },
    on_failure: {
      anyOf: [
        { type: ['string', 'null'] },
        { type: 'array', items: word, minItems: 1 },
        { $ref: '#/definitions/handler' },
      ],
    },
    matrix: renderMatrix(),
    path: own['script_path'] ?? {},
    // A number alone is its `max`.
    retry: { anyOf: [{ type: 'integer' }, own['retry'] ?? {}] },
    ...Object.fromEntries(
      Object.keys(groupSchemas).map((group) => [group, orNull({ $ref: `#/definitions/${group}` })]),
    ),
  };
  const properties = jobKeys.map((key): [string, JsonSchema] => {
    const group = flatKeys.get(key);
    if (group !== undefined) return [key, { $ref: `#/definitions/${group}/properties/${key}` }];
    const schema = others[key] ?? own[key];
    if (schema === undefined) throw new Error(`there is no schema for the key \`${key}\` of a job`);
    return [key, { description: meaning('A job', key), ...schema }];
  });
  const either = [{ required: ['command'] }, { anyOf: [{ required: ['script_path'] }, { required: ['path'] }] }];
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: ['name'],
    oneOf: either,
    ...closed,
  };
}

/** A job as `on_failure` of another one: the same, without a name and edges of its own. */
function renderHandler(meaning: Meaning): JsonSchema {
  const { required: _, properties, ...job } = renderJob(meaning);
  const own = Object.entries(properties as Record<string, JsonSchema>);
  return { ...job, properties: Object.fromEntries(own.filter(([key]) => !structuralKeys.includes(key))) };
}

function renderMatrix(): JsonSchema {
  const scalar = { type: ['string', 'number', 'boolean'] };
  const names = { pattern: `${variableName.source}|^x-` };
  const entries = {
    type: ['array', 'null'],
    items: { type: 'object', propertyNames: names, additionalProperties: scalar },
  };
  return {
    type: 'object',
    properties: { include: entries, exclude: entries },
    patternProperties: { '^x-': {} },
    propertyNames: names,
    additionalProperties: { type: 'array', minItems: 1, items: scalar },
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

function groupDefinition(group: Group, meaning: (key: string) => string): JsonSchema {
  const schema = toJsonSchema(groupSchemas[group]);
  for (const [key, property] of Object.entries(schema['properties'] as Record<string, JsonSchema>)) {
    property['description'] = meaning(key);
  }
  return schema;
}

function propertiesOf(schema: z.ZodType): Record<string, JsonSchema> {
  return toJsonSchema(schema)['properties'] as Record<string, JsonSchema>;
}

/** What stands in the file, before templates are rendered. */
function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override({ zodSchema, jsonSchema, path }) {
      adapt(jsonSchema as JsonSchema, { zodSchema, isKey: path.at(-1) === 'propertyNames' });
    },
  });
  return json;
}

function adapt(
  json: JsonSchema,
  { zodSchema, isKey }: { readonly zodSchema: z.core.$ZodTypes; readonly isKey: boolean },
): void {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && json['additionalProperties'] === false) Object.assign(json, closed);
  // The bounds are those of JavaScript's numbers, and nothing that anybody reaches.
  if (def.type === 'number') for (const bound of ['minimum', 'maximum']) delete json[bound];
  // A name of a variable is no place for a template.
  if (isKey) return;
  const isNarrow = def.type === 'enum' || (def.type === 'string' && json['pattern'] !== undefined);
  if (isNarrow) replace(json, { anyOf: [{ ...json }, template] });
  // A `preprocess` is an `orText`: see there.
  const isOrText = def.type === 'pipe' && def.in._zod.def.type === 'transform';
  if (isOrText) replace(json, { anyOf: [{ ...json }, { type: 'string' }] });
}

function replace(json: JsonSchema, other: JsonSchema): void {
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, other);
}
