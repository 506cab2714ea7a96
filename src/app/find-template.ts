import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError, NotFoundError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { builtInTemplates } from '../core/template/built-in-templates.ts';
import { isTemplateName, type JobTemplate } from '../core/template/job-template.ts';
import type { AppContext } from './app-context.ts';

type Places = Pick<AppContext, 'configDir' | 'cwd'>;

export interface FoundTemplate extends JobTemplate {
  readonly origin: 'user' | 'built-in' | 'file';
  /** `undefined` for a built-in one. */
  readonly path: string | undefined;
}

const ending = '.slurm.jinja';

/** No template is larger; a data set named by mistake must not fill the memory. */
const maxBytes = 1024 * 1024;

export function templateFile({ configDir }: Pick<Places, 'configDir'>, name: string): string {
  return join(configDir, 'templates', `${name}${ending}`);
}

/** Descriptions of all templates of the user: one file, as the reference has it. */
export function templateNotesFile({ configDir }: Pick<Places, 'configDir'>): string {
  return join(configDir, 'templates', 'meta.json');
}

export type TemplateRow = Omit<FoundTemplate, 'text'>;

/** In the order of their names: the user's own, and the built-in ones that they do not replace. */
export function listTemplates(context: Places): readonly TemplateRow[] {
  const own = ownNames(context).map((name) => describeOwn(context, name));
  const taken = new Set(own.map(({ name }) => name));
  const others = builtInTemplates.filter(({ name }) => !taken.has(name)).map(asBuiltIn);
  return [...own, ...others].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function ownNames({ configDir }: Places): readonly string[] {
  const directory = join(configDir, 'templates');
  const files = existsSync(directory) ? readdirSync(directory) : [];
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .filter(isTemplateName);
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
    return { ...describeOwn(context, name), text };
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

function describeOwn(context: Places, name: string): TemplateRow {
  const notes = readTemplateNotes(context)[name];
  const text = (key: string) => {
    const value = typeof notes === 'object' && notes !== null ? (notes as Record<string, unknown>)[key] : undefined;
    return typeof value === 'string' ? value : '';
  };
  const path = templateFile(context, name);
  return { name, description: text('description'), useCase: text('use_case'), origin: 'user', path };
}

/** By name. Where the file is damaged, descriptions are missing, and no more than that. */
export function readTemplateNotes(context: Pick<Places, 'configDir'>): Readonly<Record<string, unknown>> {
  const path = templateNotesFile(context);
  if (!existsSync(path)) return {};
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof content === 'object' && content !== null && !Array.isArray(content)
      ? (content as Readonly<Record<string, unknown>>)
      : {};
  } catch {
    return {};
  }
}

/** Throws a NotFoundError or a ConfigError. The text must be UTF-8: any other would come out changed. */
export function readTemplateFile(path: string, what: string): string {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) {
    throw new NotFoundError(`there is no file for ${what}`, {
      code: 'template.not_found',
      hint: 'Check the path; `srunx template list` shows the names.',
    });
  }
  const unusable = (reason: string, cause?: unknown) =>
    new ConfigError(`${what} ${reason}`, {
      code: 'template.unusable',
      hint: 'Name a batch script with blanks.',
      cause,
    });
  // A pipe is what `<(make-template)` is.
  if (!facts.isFile() && !facts.isFIFO()) throw unusable('is no file');
  if (facts.size > maxBytes) throw unusable(`has ${facts.size} bytes, more than ${maxBytes}`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    throw unusable('cannot be read as UTF-8 text', error);
  }
}
