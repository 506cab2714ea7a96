import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError, NotFoundError, UsageError } from '../core/errors.ts';
import { type Plan, planWorkflow } from '../core/workflow/plan.ts';
import type { AppContext, TargetName } from './app-context.ts';

export interface PlanRequest {
  readonly file: string;
  readonly target: TargetName;
  /** `KEY=VALUE`, as typed; the last of a key wins. */
  readonly args: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly only: readonly string[];
}

/** The largest workflow file that is read: a person's file is a hundred times smaller. */
const maxFileBytes = 1024 * 1024;

/** Reads a workflow file into its plan. Nothing reads the file again afterwards. */
export async function loadPlan(context: AppContext, request: PlanRequest): Promise<Plan> {
  const path = resolve(context.cwd, request.file);
  const text = readWorkflow(path, request.file);
  const { createRenderer } = await import('../templates/minijinja-renderer.ts');
  return planWorkflow({
    text,
    source: request.file,
    overrides: parseArgs(request.args),
    selection: { from: request.from, to: request.to, only: request.only },
    renderer: createRenderer(),
    launcher: request.target === 'embedded' ? 'none' : 'srun',
    readScript: (script) => readText(resolve(context.cwd, script)),
    hash: (content) => createHash('sha256').update(content).digest('hex'),
  });
}

function readWorkflow(path: string, name: string): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    throw new NotFoundError(`there is no workflow file ${name}`, {
      code: 'workflow.file_not_found',
      hint: 'Check the path; it is relative to the current directory.',
    });
  }
  if (size > maxFileBytes) {
    throw new ConfigError(`the workflow file ${name} has ${size} bytes, more than ${maxFileBytes}`, {
      code: 'workflow.too_large',
      hint: 'Move data out of the workflow file.',
    });
  }
  const text = readText(path);
  if (text !== undefined) return text;
  throw new ConfigError(`the workflow file ${name} cannot be read`, {
    code: 'workflow.unreadable',
    hint: 'It must be a text file that you may read.',
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parseArgs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf('=');
      if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
      throw new UsageError(`--arg ${word} has no value`, {
        code: 'usage.option_value',
        hint: 'Write --arg KEY=VALUE.',
      });
    }),
  );
}
