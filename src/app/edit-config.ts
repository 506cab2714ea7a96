import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { readConfigFile } from '../core/config/read-config.ts';
import { ConfigError, UsageError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';
import { type ConfigScope, configFiles, readConfigText } from './config-files.ts';
import { formatProblem } from './load-config.ts';
import { writeConfigFile } from './write-config.ts';

/**
 * Opens a copy in the user's editor. It takes the place of the file only if nothing in it is wrong; otherwise the file stays
 * as it was, and the copy stays for the next try.
 */
export async function editConfig(
  context: Pick<AppContext, 'env' | 'cwd' | 'configDir'>,
  scope: ConfigScope,
): Promise<{ readonly file: string; readonly changed: boolean }> {
  const { env } = context;
  const editor = env['VISUAL'] || env['EDITOR'];
  if (!editor) {
    throw new UsageError('there is no editor to open the configuration in', {
      code: 'usage.no_editor',
      hint: 'Set $EDITOR, or use `srunx config set KEY VALUE`.',
    });
  }
  const file = configFiles(context).find((candidate) => candidate.scope === scope)?.path ?? '';
  const before = readConfigText(file) ?? '{}\n';
  const copy = `${file}.edit.json`;
  // A copy that was left behind by a failed try goes on from where it was.
  if (readConfigText(copy) === undefined) writeConfigFile(copy, before);
  await runEditor(editor, copy);
  // Whoever deletes the copy has changed nothing.
  const after = readConfigText(copy) ?? before;
  const problems = readConfigFile(after, copy).problems.filter(({ severity }) => severity === 'error');
  if (problems.length > 0) {
    throw new ConfigError(
      `${file} was left as it was: ${problems.length === 1 ? 'a value' : 'some values'} cannot be used`,
      {
        code: 'config.invalid',
        detail: problems.map(formatProblem).join('\n'),
        hint: `Run the command again to go on with ${copy}.`,
      },
    );
  }
  rmSync(copy, { force: true });
  if (after === before) return { file, changed: false };
  writeConfigFile(file, after);
  return { file, changed: true };
}

/** `$EDITOR` may hold arguments, as for git. */
function runEditor(editor: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
    child.once('error', reject).once('close', (code) => {
      if (code === 0) resolve();
      else {
        const hint = `Nothing was changed; what you wrote is in ${path}.`;
        reject(new UsageError(`the editor ended with ${code ?? 'a signal'}`, { code: 'usage.editor_failed', hint }));
      }
    });
  });
}
