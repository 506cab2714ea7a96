import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';

type Places = Pick<AppContext, 'configDir'>;

/** Descriptions of all templates of the user: one file, as the reference has it. */
export function templateNotesFile({ configDir }: Places): string {
  return join(configDir, 'templates', 'meta.json');
}

/** What is said of a template. `fault`: why something of it cannot be read. */
export interface TemplateNote {
  readonly description: string;
  readonly useCase: string;
  readonly fault?: string;
}

/** What the file has under each name, known to us or not; or why none of it can be read. */
export type TemplateNotes =
  | { readonly entries: Readonly<Record<string, unknown>>; readonly fault?: never }
  | { readonly entries?: never; readonly fault: string };

export function readTemplateNotes(context: Places): TemplateNotes {
  const path = templateNotesFile(context);
  if (!existsSync(path)) return { entries: {} };
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isRecord(content) ? { entries: content } : { fault: 'it must be one JSON object' };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Never throws: a template can be used whatever has become of its description. */
export function noteOf(notes: TemplateNotes, name: string): TemplateNote {
  const nothing = { description: '', useCase: '' };
  if (notes.entries === undefined) return { ...nothing, fault: notes.fault };
  if (!Object.hasOwn(notes.entries, name)) return nothing;
  const entry = notes.entries[name];
  if (!isRecord(entry)) return { ...nothing, fault: 'it must be an object with `description` and `use_case`' };
  const wrong = ['description', 'use_case'].filter((key) => entry[key] !== undefined && typeof entry[key] !== 'string');
  const text = (key: string) => (typeof entry[key] === 'string' ? entry[key] : '');
  return {
    description: text('description'),
    useCase: text('use_case'),
    ...(wrong.length === 0 ? {} : { fault: `${wrong.map((key) => `\`${key}\``).join(' and ')} must be text` }),
  };
}

/** Throws a ConfigError where a change would lose what stands in the file. */
export function requireSoundNotes(context: Places): Readonly<Record<string, unknown>> {
  const { entries, fault } = readTemplateNotes(context);
  if (entries !== undefined) return entries;
  throw damaged(
    `${templateNotesFile(context)}, which describes your templates, cannot be read; nothing was changed`,
    fault,
  );
}

/** The entry of a template that is to be replaced. Throws a ConfigError where something of it cannot be read. */
export function requireSoundNote(context: Places, name: string): Readonly<Record<string, unknown>> {
  const entries = requireSoundNotes(context);
  const { fault } = noteOf({ entries }, name);
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (fault === undefined) return isRecord(entry) ? entry : {};
  throw damaged(`what ${templateNotesFile(context)} says of \`${name}\` cannot be read; nothing was changed`, fault);
}

function damaged(message: string, detail: string): ConfigError {
  return new ConfigError(message, {
    code: 'template.notes_damaged',
    detail,
    hint: 'Correct the file, or move it away to begin without descriptions.',
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
