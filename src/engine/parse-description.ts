import { z } from 'zod';
import { edgeTypes } from '../core/workflow/graph.ts';
import type { RunDescription } from './describe-run.ts';

const text = z.string();

const texts = z.record(text, text);

const provenanceSchema = z.object({
  argv: z.array(text),
  srunx: text,
  user: text,
  host: text,
  file: z.object({ path: text, sha256: text }).optional(),
  given: texts,
  args: texts,
  code: z
    .object({
      root: text,
      commit: text.nullable(),
      branch: text.nullable(),
      dirty: z.boolean().nullable(),
      untracked: z.array(text),
      untrackedCount: z.number(),
      diff: z.object({ file: text, bytes: z.number(), sha256: text, isCut: z.boolean() }).optional(),
    })
    .optional(),
  environment: z.object({
    modules: z.array(text),
    conda: text.optional(),
    venv: text.optional(),
    variables: z.array(text),
    hash: text,
  }),
});

/** `run.json` of a plan directory: written by srunx, but perhaps by another version, or cut short by a full disk. */
const descriptionSchema = z.object({
  version: z.literal(1),
  id: text,
  kind: z.enum(['workflow', 'job']),
  name: text,
  source: text.nullable(),
  target: text,
  cluster: z.object({ key: text, kind: z.enum(['slurm', 'embedded']), name: text }),
  createdAt: z.number(),
  planHash: text,
  cwd: text.optional(),
  jobs: z
    .array(
      z.looseObject({
        name: text,
        token: text,
        edges: z.array(z.object({ type: z.enum(edgeTypes), parent: text })),
        options: z.array(text),
        variables: z.array(text),
        args: z.array(text).optional(),
        comment: text.optional(),
        wrapped: z.boolean(),
      }),
    )
    .min(1),
  provenance: provenanceSchema.optional(),
  repeats: z.object({ run: text, how: z.enum(['rerun', 'retry']) }).optional(),
  skipped: z.array(z.object({ name: text, reason: text, run: text.optional() })).optional(),
});

/** `undefined` for a file that another version or another program wrote, or that is of another run. */
export function parseDescription(content: string, id: string): RunDescription | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined;
  }
  const result = descriptionSchema.safeParse(value);
  return result.success && belongsTogether(result.data as RunDescription, id)
    ? (result.data as RunDescription)
    : undefined;
}

/** A directory that somebody has copied or edited must not bring the tokens of another run. */
function belongsTogether({ id, jobs }: RunDescription, wanted: string): boolean {
  const names = new Set(jobs.map(({ name }) => name));
  const tokens = new Set(jobs.map(({ token }) => token));
  return (
    id === wanted &&
    names.size === jobs.length &&
    tokens.size === jobs.length &&
    jobs.every(({ token, edges }) => token.startsWith(`${id}-`) && edges.every(({ parent }) => names.has(parent)))
  );
}
