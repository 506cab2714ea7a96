import { z } from 'zod';

/**
 * A value for which one text may stand instead: `modules: cuda` is `modules: [cuda]`, and a template renders `true` as a text. The
 * schema itself says what the text must become, so that its messages are the same for both. `npm run reference` knows a
 * `preprocess` as this, and writes "or text" into the JSON Schema of workflow files.
 */
export function orText<Schema extends z.ZodType>(fromText: (text: string) => unknown, schema: Schema) {
  return z.preprocess((value) => (typeof value === 'string' ? fromText(value) : value), schema);
}
