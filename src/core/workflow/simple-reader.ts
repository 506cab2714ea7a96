import { Scalar, type ScalarTag, Schema } from 'yaml';
import type { FileScalar } from './file-tree.ts';

/** A place in a text from which `readSimpleYaml` goes on. */
export interface Reader {
  readonly text: string;
  /** The beginning of a line, or of a value. */
  at: number;
  /** What a word without quotes means. */
  readonly resolve: (plain: string) => FileScalar['value'];
}

export function createReader(text: string): Reader {
  const tags = new Schema({ schema: 'core' }).tags.filter(isTested);
  return { text, at: 0, resolve: (plain) => resolvePlain(plain, tags) };
}

type TestedTag = ScalarTag & { readonly test: RegExp };

function isTested(tag: Schema['tags'][number]): tag is TestedTag {
  return tag.collection === undefined && tag.default === true && tag.test !== undefined;
}

/** The real parser's own tables say it. */
function resolvePlain(plain: string, tags: readonly TestedTag[]): FileScalar['value'] {
  if (!/^[-+.~\dnNtTfF]/.test(plain)) return plain;
  const resolved = tags.find(({ test }) => test.test(plain))?.resolve(plain, () => {}, {}) ?? plain;
  return (resolved instanceof Scalar ? resolved.value : resolved) as FileScalar['value'];
}

export function scalarNode(offset: number, { value, text }: Pick<FileScalar, 'value' | 'text'>): FileScalar {
  return { kind: 'scalar', offset, weight: 1, value, text };
}

export function plainNode(offset: number, { plain, resolve }: Pick<Reader, 'resolve'> & { plain: string }): FileScalar {
  return scalarNode(offset, { value: resolve(plain), text: plain });
}
