import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NotFoundError, StorageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { builtInTemplates } from '../core/template/built-in-templates.ts';
import { isTemplateName, type JobTemplate } from '../core/template/job-template.ts';
import type { AppContext } from './app-context.ts';
import { readTemplateFile } from './read-template.ts';
import { noteOf, readTemplateNotes, type TemplateNotes } from './template-notes.ts';

type Places = Pick<AppContext, 'configDir' | 'cwd'>;

export interface FoundTemplate extends JobTemplate {
  readonly origin: 'user' | 'built-in' | 'file';
  /** `undefined` for a built-in one. */
  readonly path: string | undefined;
  /** Why its description cannot be read. */
  readonly fault?: string;
}

const ending = '.slurm.jinja';

export function templateFile({ configDir }: Pick<Places, 'configDir'>, name: string): string {
  return join(configDir, 'templates', `${name}${ending}`);
}

export type TemplateRow = Omit<FoundTemplate, 'text'>;

/** In the order of their names: the user's own, and the built-in ones that they do not replace. */
export function listTemplates(context: Places): readonly TemplateRow[] {
  const notes = readTemplateNotes(context);
  const own = ownNames(context).map((name) => describeOwn(context, { name, notes }));
  const taken = new Set(own.map(({ name }) => name));
  const others = builtInTemplates.filter(({ name }) => !taken.has(name)).map(asBuiltIn);
  return [...own, ...others].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function ownNames({ configDir }: Places): readonly string[] {
  const directory = join(configDir, 'templates');
  return filesIn(directory)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .filter(isTemplateName);
}

function filesIn(directory: string): readonly string[] {
  try {
    return existsSync(directory) ? readdirSync(directory) : [];
  } catch (error) {
    throw new StorageError(`your templates in ${directory} cannot be listed`, {
      code: 'template.unreadable',
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Make it a directory that you may read, or move it away.',
      cause: error,
    });
  }
}

/** By its name; or by its path, where there is a `/` in it. */
export function findTemplate(context: Places, name: string): FoundTemplate {
  if (name.includes('/')) {
    const path = resolve(context.cwd, name);
    const text = readTemplateFile(path, `the template ${name}`);
    return { name: nameOfFile(name), description: '', useCase: '', text, origin: 'file', path };
  }
  if (isTemplateName(name) && existsSync(templateFile(context, name))) {
    const text = readTemplateFile(templateFile(context, name), `the template \`${name}\``);
    return { ...describeOwn(context, { name, notes: readTemplateNotes(context) }), text };
  }
  const builtIn = builtInTemplates.find((template) => template.name === name);
  if (builtIn !== undefined) return asBuiltIn(builtIn);
  const names = listTemplates(context).map((template) => template.name);
  const isFile = existsSync(resolve(context.cwd, name));
  throw new NotFoundError(`there is no template \`${name}\``, {
    code: 'template.not_found',
    hint: isFile
      ? `The file of this name is ./${name}: a path has a / in it.`
      : (didYouMean(name, names) ?? `There are: ${names.join(', ')}.`),
  });
}

function nameOfFile(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/(?:\.jinja2?|\.j2)$/, '').replace(/(?<=.)\.(?:slurm|sbatch|sh)$/, '');
}

function asBuiltIn(template: JobTemplate): FoundTemplate {
  return { ...template, origin: 'built-in', path: undefined };
}

function describeOwn(
  context: Places,
  { name, notes }: { readonly name: string; readonly notes: TemplateNotes },
): TemplateRow {
  return { name, ...noteOf(notes, name), origin: 'user', path: templateFile(context, name) };
}
