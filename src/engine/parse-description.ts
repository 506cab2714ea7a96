import { z } from 'zod';
import { edgeTypes } from '../core/workflow/graph.ts';
import type { RunDescription } from './describe-run.ts';
import { withCells } from './run-description.ts';

const text = z.string();

const texts = z.record(text, text);
const typed = z.record(text, z.union([z.number(), z.boolean()]));

const provenanceSchema = z.object({
  argv: z.array(text),
  srunx: text,
  user: text,
  host: text,
  cwd: text.optional(),
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

const jobSchema = z.looseObject({
  name: text,
  edges: z.array(z.object({ type: z.enum(edgeTypes), parent: text })),
  options: z.array(text),
  variables: z.array(text),
  args: z.array(text).optional(),
  comment: text.optional(),
  wrapped: z.boolean(),
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
  driven: text.optional(),
  jobs: z.array(jobSchema.extend({ token: text })),
  // It says where the jobs run: of another version it is left out, as what is only told.
  code: z
    .array(z.object({ mount: text, local: text, remote: text, root: text, snapshot: text.optional() }))
    .optional()
    .catch(undefined),
  sweep: z
    .object({
      axes: z.array(text),
      cells: z.array(z.object({ index: z.number(), name: text, values: texts, typed: typed.optional() })).min(1),
      groups: z.array(z.object({ stages: z.array(jobSchema) })),
      arrays: z.array(
        z.object({
          token: text,
          group: z.number(),
          stage: z.number(),
          offset: z.number(),
          tasks: text,
          limit: z.number(),
          follows: text.optional(),
          part: z.number().optional(),
          window: z.number().optional(),
        }),
      ),
      parts: z
        .array(
          z.object({
            number: z.number(),
            maxParallel: z.number().optional(),
            cellsInTurn: z.number().nullable().optional(),
            how: z.enum(['extend', 'retry']),
            createdAt: z.number(),
          }),
        )
        .optional(),
      reduce: z.array(jobSchema.extend({ token: text })).optional(),
      maxParallel: z.number(),
      maxParallelNow: z.number().optional(),
      maxParallelCells: z.number().optional(),
      cellsInTurn: z.number().optional(),
      leftOut: z.array(z.number()).optional(),
      failFast: z.object({ after: z.number(), cancelRunning: z.boolean() }).optional(),
    })
    .optional(),
  // Only told to people: of another version it is left out, and the run is a run all the same.
  provenance: provenanceSchema.optional().catch(undefined),
  repeats: z
    .object({ run: text, how: z.enum(['rerun', 'retry']) })
    .optional()
    .catch(undefined),
  through: z.enum(['library', 'web', 'mcp']).optional().catch(undefined),
  skipped: z.array(z.object({ name: text, reason: text, run: text.optional() })).optional(),
});

/** What a `run.json` turns out to be. `other`: of another run, so the directory is a copy, or was renamed. */
export type ReadDescription =
  | { readonly kind: 'run'; readonly description: RunDescription }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'other'; readonly id: string }
  | { readonly kind: 'damaged' };

/** `undefined` for a file that another version or another program wrote, or that is of another run. */
export function parseDescription(content: string, id: string): RunDescription | undefined {
  const read = readDescription(content, id);
  return read.kind === 'run' ? read.description : undefined;
}

export function readDescription(content: string, id: string): ReadDescription {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { kind: 'damaged' };
  }
  const version = versionSchema.safeParse(value).data?.version;
  if (version !== undefined && version > 1) return { kind: 'newer', version };
  const result = descriptionSchema.safeParse(value);
  if (!result.success) return { kind: 'damaged' };
  const description = withCells(result.data as RunDescription);
  if (!belongsTogether(description)) return { kind: 'damaged' };
  return description.id === id ? { kind: 'run', description } : { kind: 'other', id: description.id };
}

const versionSchema = z.object({ version: z.number() });

/** A directory that somebody has copied or edited must not bring the tokens of another run. */
function belongsTogether({ id, jobs }: RunDescription): boolean {
  const names = new Set(jobs.map(({ name }) => name));
  const tokens = new Set(jobs.map(({ token }) => token));
  return (
    jobs.length > 0 &&
    names.size === jobs.length &&
    tokens.size === jobs.length &&
    jobs.every(({ token, edges }) => token.startsWith(`${id}-`) && edges.every(({ parent }) => names.has(parent)))
  );
}
