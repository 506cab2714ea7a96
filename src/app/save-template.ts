import { existsSync, rmSync } from 'node:fs';
import { ConfigError, NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import { builtInTemplates } from '../core/template/built-in-templates.ts';
import { isNewTemplateName, isTemplateName, templateNameHint } from '../core/template/job-template.ts';
import { syntaxFault } from '../core/workflow/render-template.ts';
import { parseTemplate } from '../core/workflow/template.ts';
import type { AppContext } from './app-context.ts';
import { withConfigLock } from './config-lock.ts';
import { templateFile } from './find-template.ts';
import { requireSoundNote, requireSoundNotes, templateNotesFile } from './template-notes.ts';
import { unwritable, writeConfigFile } from './write-config.ts';

type Places = Pick<AppContext, 'configDir'>;

export interface NewTemplate {
  readonly name: string;
  readonly text: string;
  /** `undefined`: what is said of it already stays. */
  readonly description: string | undefined;
  readonly useCase: string | undefined;
  /** Take the place of one of the same name. */
  readonly force: boolean;
}

/** Keeps a template under a name. Returns its file. */
export async function saveTemplate(context: Places, template: NewTemplate): Promise<string> {
  const { name, description, useCase, text, force } = template;
  requireName(name, isNewTemplateName);
  const file = templateFile(context, name);
  if (existsSync(file) && !force) {
    throw new RefusedError(`there is a template \`${name}\` already`, {
      code: 'template.exists',
      hint: 'Use --force to replace it.',
    });
  }
  const fault = text.startsWith('#!') ? await syntaxFaultOf(text) : 'it does not begin with #!';
  if (fault !== undefined) {
    throw new ConfigError(`the template cannot be kept: ${fault}`, {
      code: 'template.invalid',
      hint: 'A template is a batch script that begins with #!/bin/bash, with blanks such as {{ command }}.',
    });
  }
  return withConfigLock(templateNotesFile(context), () => {
    const entries = requireSoundNotes(context);
    const { description: before = '', use_case: useCaseBefore = '', ...others } = requireSoundNote(context, name);
    const entry = { description: description ?? before, use_case: useCase ?? useCaseBefore, ...others };
    writeConfigFile(file, text);
    writeNotes(context, { ...entries, [name]: entry });
    return file;
  });
}

async function syntaxFaultOf(text: string): Promise<string | undefined> {
  // Some milliseconds of WASM.
  const { createRenderer } = await import('../templates/minijinja-renderer.ts');
  return syntaxFault(parseTemplate(text), createRenderer());
}

/** The file of a template that can go: only the user's own can. */
export function requireOwnTemplate(context: Places, name: string): string {
  requireName(name);
  const file = templateFile(context, name);
  if (existsSync(file)) return file;
  if (builtInTemplates.some((template) => template.name === name)) {
    throw new RefusedError(`\`${name}\` is built in, and stays`, {
      code: 'template.built_in',
      hint: 'A template of your own under the same name takes its place: see `srunx template add --help`.',
    });
  }
  throw new NotFoundError(`you have no template \`${name}\``, {
    code: 'template.not_found',
    hint: '`srunx template list` shows all there are.',
  });
}

/** Returns the file that was. */
export function removeTemplate(context: Places, name: string): string {
  const file = requireOwnTemplate(context, name);
  return withConfigLock(templateNotesFile(context), () => {
    const { [name]: note, ...others } = requireSoundNotes(context);
    remove(file);
    if (note !== undefined) writeNotes(context, others);
    return file;
  });
}

function remove(file: string): void {
  try {
    rmSync(file);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** `base` has the same meaning for everybody: the reference keeps its name, too. */
function requireName(name: string, isValid = isTemplateName): void {
  if (!isValid(name)) {
    throw new UsageError(`\`${name}\` is no name for a template`, {
      code: 'usage.template_name',
      hint: templateNameHint,
    });
  }
  if (name === 'base') {
    throw new RefusedError('`base` is built in, and stays as it is', {
      code: 'template.built_in',
      hint: 'Choose another name.',
    });
  }
}

function writeNotes(context: Places, notes: Readonly<Record<string, unknown>>): void {
  writeConfigFile(templateNotesFile(context), `${JSON.stringify(notes, null, 2)}\n`);
}
