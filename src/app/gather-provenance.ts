import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Plan } from '../core/workflow/plan.ts';
import { maskValues, maskWords, type Provenance, surroundingsOf } from '../core/workflow/provenance.ts';
import { accountName } from '../shell/account-name.ts';
import type { FileToWrite } from '../shell/shell.ts';
import type { AppContext } from './app-context.ts';
import { type FoundCode, readGit } from './read-git.ts';

type CodeContext = Pick<AppContext, 'cwd' | 'shell' | 'signal' | 'monotonicNow'>;

/**
 * Begins to ask git about the code of a workflow. It does so in the time in which the workflow is read, and never fails; what it
 * has not found out in two seconds stays unknown.
 */
export function askForCode(context: CodeContext, source: string): Promise<FoundCode | undefined> {
  const { cwd, signal, monotonicNow } = context;
  // Not of a target: the workflow file lies here, wherever the jobs run.
  const shell = context.shell('embedded');
  return readGit(shell, { directories: [dirname(resolve(cwd, source)), cwd], signal, monotonicNow });
}

export interface GatheredProvenance {
  readonly provenance: Provenance;
  /** For the plan directory. */
  readonly files: readonly FileToWrite[];
}

type GatherContext = Pick<AppContext, 'argv' | 'cwd' | 'env' | 'versions'>;

export function gatherProvenance(
  { argv, cwd, env, versions }: GatherContext,
  {
    plan,
    code,
    directory,
  }: {
    readonly plan: Pick<Plan, 'workflow' | 'written'>;
    readonly code: FoundCode | undefined;
    readonly directory: string;
  },
): GatheredProvenance {
  const { given = {}, args = {}, files = [] } = plan.written ?? {};
  const path = resolve(cwd, plan.workflow.source);
  const hash = files[0]?.hash;
  // Neither a pipe nor what standard input is at this moment.
  const isFile = hash !== undefined && !/^\/(?:dev|proc)\//.test(path) && statSync(path, quiet)?.isFile() === true;
  const diff = code?.diff;
  return {
    provenance: {
      ...{ argv: maskWords(argv), srunx: versions.srunx, user: accountName(), host: hostname(), cwd },
      ...(isFile ? { file: { path, sha256: hash } } : {}),
      ...{ given: maskValues(given), args: maskValues(args) },
      ...(code === undefined ? {} : { code: { ...code.state, ...describeDiff(code) } }),
      environment: surroundingsOf(env, sha256),
    },
    files: diff === undefined ? [] : [{ path: `${directory}/${diffName}`, content: diff.bytes, mode: 0o600 }],
  };
}

const quiet = { throwIfNoEntry: false } as const;

const diffName = 'dirty.diff';

function describeDiff({ diff }: FoundCode) {
  if (diff === undefined) return {};
  return { diff: { file: diffName, bytes: diff.bytes.length, sha256: sha256(diff.bytes), isCut: diff.isCut } };
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
