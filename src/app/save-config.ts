import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { expectationOf, readConfigText as readValue } from '../core/config/check-config-value.ts';
import { type ConfigLeaf, configKeys, findNode, formatKey, parseKey } from '../core/config/config-schema.ts';
import { NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext } from './app-context.ts';
import { type ConfigScope, configFiles, readConfigText } from './config-files.ts';
import { withConfigLock } from './config-lock.ts';
import { editConfigText, readSoundText } from './edit-config-text.ts';
import { fingerprint, trustedFiles } from './load-config.ts';
import { writeConfigFile } from './write-config.ts';

type Places = Pick<AppContext, 'env' | 'cwd' | 'configDir'>;

/** A key as a person wrote it. Throws a UsageError for one that does not exist. */
export function requireKey(text: string): { readonly path: readonly string[]; readonly leaf: ConfigLeaf } {
  const path = parseKey(text);
  const node = path === undefined ? undefined : findNode(path);
  if (path !== undefined && node !== undefined && 'leaf' in node) return { path, leaf: node.leaf };
  const names = configKeys().map((key) => formatKey(key.path));
  const below = names.filter((name) => name.startsWith(`${text}.`));
  throw new UsageError(node === undefined ? `there is no key \`${text}\`` : `\`${text}\` is a group of keys`, {
    code: 'usage.config_key',
    hint:
      below.length > 0
        ? `There are: ${below.join(', ')}.`
        : (didYouMean(text, names) ?? '`srunx config show` lists the keys.'),
  });
}

/** Writes one key into the file of a scope and says which file that was. All else in it stays as it is. */
export function setConfig(
  context: Places,
  { key, text, scope }: { readonly key: string; readonly text: string; readonly scope: ConfigScope },
): string {
  const { path, leaf } = requireKey(key);
  const value = readValue(text, leaf.kind);
  if (value === undefined) {
    throw new UsageError(`\`${text}\` is no value for ${formatKey(path)}`, {
      code: 'usage.option_value',
      hint: `Write ${expectationOf(leaf.kind)}.`,
    });
  }
  const file = fileFor(context, { leaf, scope });
  changeFile(file, path, value);
  return file;
}

/** Takes a key out of the file of a scope. `undefined`: it was not there. */
export function unsetConfig(
  context: Places,
  { key, scope }: { readonly key: string; readonly scope: ConfigScope },
): string | undefined {
  const { path, leaf } = requireKey(key);
  const file = fileFor(context, { leaf, scope });
  if (!existsSync(file)) return undefined;
  const tree = parseTree(readConfigText(file) ?? '');
  if (tree === undefined || findNodeAtLocation(tree, [...path]) === undefined) return undefined;
  changeFile(file, path, undefined);
  return file;
}

/** The user's own file that the reference would not understand is apart; others hold all keys. */
function fileFor(context: Places, { leaf, scope }: { readonly leaf: ConfigLeaf; readonly scope: ConfigScope }): string {
  const files = configFiles(context).filter((file) => file.scope === scope);
  const file = files.find(({ isExtra }) => isExtra === (leaf.extra === true && scope === 'user')) ?? files[0];
  return file?.path ?? '';
}

function changeFile(file: string, path: readonly string[], value: unknown): void {
  withConfigLock(file, () => writeConfigFile(file, editConfigText(readSoundText(file), file, [{ path, value }])));
}

/** From now on the project's file counts as it is now. Returns its path. */
export function trustProject(context: Places): string {
  const file = configFiles(context).find(({ scope }) => scope === 'project')?.path ?? '';
  const text = readConfigText(file);
  if (text === undefined) {
    throw new NotFoundError('there is no srunx.json in this project', {
      code: 'config.no_project_file',
      hint: '`srunx config paths` shows where it is looked for.',
    });
  }
  const list = join(context.configDir, 'trusted.json');
  withConfigLock(list, () => {
    const trusted = { ...trustedFiles(context.configDir), [file]: fingerprint(text) };
    writeConfigFile(list, `${JSON.stringify(trusted, null, 2)}\n`);
  });
  return file;
}

/** A file in which nothing is active, but every key is named. Returns its path. */
export function initConfig(
  context: Places,
  { scope, force }: { readonly scope: ConfigScope; readonly force: boolean },
): string {
  const file = configFiles(context).find((candidate) => candidate.scope === scope)?.path ?? '';
  if (existsSync(file) && !force) {
    throw new RefusedError(`${file} exists already`, {
      code: 'config.exists',
      hint: 'Use --force to write it anew, or `srunx config edit` to change it.',
    });
  }
  writeConfigFile(file, template(scope));
  return file;
}

/** JSON has no comments: names that begin with `//` are ignored, by the reference too. */
function template(scope: ConfigScope): string {
  const keys = configKeys().filter(
    ({ leaf, path }) => !['profiles', 'presets'].includes(path[0] ?? '') && (scope !== 'user' || leaf.extra !== true),
  );
  const notes = keys.map(({ path, leaf }) => [
    `// ${formatKey(path)}`,
    `${leaf.description}: ${expectationOf(leaf.kind)}`,
  ]);
  const head = ['//', 'Nothing here is active. Write a key without the slashes, or use `srunx config set KEY VALUE`.'];
  return `${JSON.stringify(Object.fromEntries([head, ...notes]), null, 2)}\n`;
}
