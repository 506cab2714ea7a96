import type { Config } from '../core/config/config.ts';
import { findLeaf, formatKey } from '../core/config/config-schema.ts';
import { formatOrigin } from '../core/config/origin.ts';
import type { AppContext } from './app-context.ts';
import { configFiles } from './config-files.ts';
import { withConfigLock } from './config-lock.ts';
import { type ConfigEdit, editConfigText, readSoundText } from './edit-config-text.ts';
import { loadConfig } from './load-config.ts';
import { writeConfigFile } from './write-config.ts';

export type Places = Pick<AppContext, 'env' | 'cwd' | 'configDir'>;

export interface Saved {
  /** The user's configuration. */
  readonly file: string;
  /** Where another file says otherwise, and counts: `current_profile is "dgx" by /code/srunx.json:3`. */
  readonly overruled: readonly string[];
}

/** What a change is planned from: the configuration as it holds, and the user's own file as it is. */
export interface Known {
  readonly config: Config;
  readonly own: Readonly<Record<string, unknown>>;
  /** What older tools do not know. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * Changes the user's own files. Nobody else changes them between the look and the writing. The extra file comes first: by
 * itself it makes no profile.
 */
export function changeProfiles(context: Places, plan: (known: Known) => readonly ConfigEdit[]): Saved {
  const [own, extra] = [false, true].map((isExtra) => userFile(context, isExtra)) as [string, string];
  const edits = withConfigLock(own, () =>
    withConfigLock(extra, () => {
      const texts = new Map([extra, own].map((file) => [file, readSoundText(file)]));
      const parsed = (file: string) => JSON.parse(texts.get(file) ?? '{}') as Record<string, unknown>;
      const planned = plan({ config: loadConfig(context), own: parsed(own), extra: parsed(extra) });
      const after = [...texts].map(([file, before]) => {
        const meant = planned.filter((edit) => isFor(edit, file === extra));
        return { file, before, text: editConfigText(before, file, meant) };
      });
      for (const { file, before, text } of after) if (text !== before) writeConfigFile(file, text);
      return planned;
    }),
  );
  return { file: own, overruled: overruled(loadConfig(context), edits) };
}

function userFile(context: Places, isExtra: boolean): string {
  const file = configFiles(context).find(({ scope, isExtra: is }) => scope === 'user' && is === isExtra);
  return file?.path ?? '';
}

/** A value stands in one of the two; what is taken out or renamed, in both. */
function isFor(edit: ConfigEdit, isExtra: boolean): boolean {
  if ('rename' in edit || edit.value === undefined) return true;
  return (findLeaf(edit.path)?.extra === true) === isExtra;
}

function overruled(config: Config, edits: readonly ConfigEdit[]): readonly string[] {
  return edits.flatMap((edit) => {
    if ('rename' in edit) return [];
    const entries = [...config.entries.values()].filter(({ path }) => edit.path.every((name, at) => path[at] === name));
    const [other] = entries.filter(({ value }) => !same(value, edit.value));
    if (other === undefined) return [];
    return [`${formatKey(other.path)} is ${JSON.stringify(other.value)} by ${formatOrigin(other.origin)}`];
  });
}

function same(found: unknown, wanted: unknown): boolean {
  return JSON.stringify(found ?? '') === JSON.stringify(wanted ?? '');
}
