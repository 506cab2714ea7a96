import { join } from 'node:path';
import process from 'node:process';
import { type Config, mergeLayers, problemsOf, withoutRisk } from '../core/config/config.ts';
import { layerBelow } from '../core/config/nested-layer.ts';
import {
  type ConfigLayer,
  type ConfigProblem,
  readConfigFile,
  readConfigVariables,
} from '../core/config/read-config.ts';
import { ConfigError, StorageError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';
import { configFiles, readConfigText } from './config-files.ts';

type Places = Pick<AppContext, 'env' | 'cwd' | 'configDir'>;

export interface ConfigChoice {
  /** Where jobs go: what `profiles` says of jobs there counts above all files. */
  readonly target?: string | undefined;
  /** One of `presets`, which counts above all that nobody typed: whoever names it means it. */
  readonly preset?: string | undefined;
}

/** The configuration as it holds here. What is wrong in it is among its problems, and disables nothing else. */
export function loadConfig(context: Places, { target, preset }: ConfigChoice = {}): Config {
  const { layers, untrusted } = readLayers(context);
  const ofTarget =
    target === undefined ? [] : layers.map((layer) => layerBelow(layer, ['profiles', target, 'defaults']));
  const ofPreset = preset === undefined ? [] : layers.map((layer) => layerBelow(layer, ['presets', preset]));
  return mergeLayers([...layers, ...ofTarget, readConfigVariables(context.env), ...ofPreset], untrusted);
}

/** The files, the lowest first; of a project's that nobody has trusted, only what is harmless. */
function readLayers(context: Places): { readonly layers: readonly ConfigLayer[]; readonly untrusted: string[] } {
  const layers: ConfigLayer[] = [];
  const untrusted: string[] = [];
  for (const { scope, path } of configFiles(context)) {
    let text: string | undefined;
    try {
      text = readConfigText(path);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      layers.push({ entries: [], problems: [unreadable(path, error)] });
    }
    if (text === undefined) continue;
    const layer = readConfigFile(text, path);
    const cut = scope === 'project' && !isTrusted(context, path, text) ? withoutRisk(layer) : undefined;
    if (cut?.isCut === true) untrusted.push(path);
    layers.push(cut?.layer ?? layer);
  }
  return { layers, untrusted };
}

/** Nobody knows what stands in it, perhaps a safety switch: who needs any key of it cannot go on. */
function unreadable(path: string, { detail, hint }: StorageError): ConfigProblem {
  return { place: path, message: `it cannot be read (${detail ?? 'for a reason unknown'})`, hint, severity: 'error' };
}

/** For a command that goes by these keys: what is wrong with one of them stops it, before anything is sent. */
export function requireSound(
  config: Config,
  prefixes: readonly (readonly string[])[],
  counts: (path: readonly string[]) => boolean = () => true,
): void {
  const all = new Set(prefixes.flatMap((prefix) => problemsOf(config, ...prefix)));
  const [first, ...others] = [...all].filter(({ path }) => path === undefined || counts(path));
  if (first === undefined) return;
  throw new ConfigError(formatProblem(first), {
    code: 'config.invalid',
    detail: others.map(formatProblem).join('\n'),
    hint: first.hint ?? '`srunx config validate` lists all that is wrong; `srunx config edit` opens the file.',
  });
}

export function formatProblem({ place, message }: ConfigProblem): string {
  return `${place}: ${message}`;
}

/** A project's file is trusted as it was when somebody said so; a change needs another word. */
function isTrusted({ configDir }: Places, path: string, text: string): boolean {
  return trustedFiles(configDir)[path] === fingerprint(text);
}

export function trustedFiles(configDir: string): Readonly<Record<string, string>> {
  const text = readConfigText(join(configDir, 'trusted.json'));
  if (text === undefined) return {};
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null ? (content as Record<string, string>) : {};
  } catch {
    // Damaged: then nothing is trusted.
    return {};
  }
}

export function fingerprint(text: string): string {
  // To load it takes as long as a listing of the queue, and hardly ever is there such a file.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('hex');
}
