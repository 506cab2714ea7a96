import { SrunxError } from '../core/errors.ts';
import type { Shell } from '../shell/shell.ts';
import { findRun } from '../store/runs.ts';
import { goneHash, recordScript, runsWithUnreadScripts, type ScriptText, unreadScriptsOf } from '../store/scripts.ts';
import { transact } from '../store/transaction.ts';
import { userScriptPath } from './describe-run.ts';
import type { EngineContext } from './engine-context.ts';
import { readStoredRun } from './run-description.ts';
import { toScriptText } from './script-text.ts';

type ReadContext = Pick<EngineContext, 'store' | 'signal'>;

export interface ReadScriptsRequest {
  readonly shell: Pick<Shell, 'readFile'>;
  /** Targets whose plan directories the shell can see. */
  readonly targets: readonly string[];
}

/** Of one script: more than a search looks through. */
const maxBytes = 256 * 1024;

/** So many are read at once. */
const chunkSize = 100;

/**
 * Reads the scripts of jobs that this database knows from their plan directories alone, or from an older srunx, once: then a
 * search finds them. One that is gone is not looked for again; one that cannot be read is, but fails nothing.
 */
export async function readScripts(context: ReadContext, { shell, targets }: ReadScriptsRequest): Promise<void> {
  for (const runId of runsWithUnreadScripts(context.store, targets)) await readScriptsOf(context, { shell, runId });
}

async function readScriptsOf(
  { store, signal }: ReadContext,
  { shell, runId }: { readonly shell: ReadScriptsRequest['shell']; readonly runId: string },
): Promise<void> {
  const run = findRun(store, runId);
  if (run === undefined) return;
  const { jobs } = readStoredRun(run.plan);
  const ordinals = unreadScriptsOf(store, runId);
  for (let start = 0; start < ordinals.length; start += chunkSize) {
    const chunk = ordinals.slice(start, start + chunkSize);
    const texts = await Promise.all(chunk.map(async (ordinal) => ({ ordinal, script: await read(ordinal) })));
    await transact(store, () => {
      for (const { ordinal, script } of texts)
        if (script !== undefined) recordScript(store, { runId, ordinal }, script);
    });
  }

  /** `undefined`: it could not be told. */
  async function read(ordinal: number): Promise<ScriptText | undefined> {
    const job = jobs[ordinal];
    if (job === undefined || run === undefined) return gone;
    try {
      const file = await shell.readFile({ path: userScriptPath(run.directory, job), maxBytes, signal });
      return file === undefined ? gone : toScriptText(file.bytes);
    } catch (error) {
      if (error instanceof SrunxError) return undefined;
      throw error;
    }
  }
}

const gone: ScriptText = { hash: goneHash, text: '' };
