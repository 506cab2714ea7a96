import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Saved } from '../app/change-profiles.ts';
import { missingFiles } from '../app/find-local.ts';
import { UsageError } from '../core/errors.ts';
import { optionOf } from '../core/remote/check-profile.ts';
import { type ProfileFields, type ProfileKey, profileKeys } from '../core/remote/profile.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { printable } from './table.ts';

/** Every field of a profile. */
export function addFieldOptions(command: Command): Command {
  return command
    .option('--ssh-host <host>', 'a host of your configuration of ssh, which then says all of the way there')
    .option('--hostname <machine>', 'the machine, where there is no such host')
    .option('--username <account>', 'the account there')
    .option('--port <port>', 'the port of ssh')
    .option('--key-file <file>', 'a key; without one, those of your agent and of ~/.ssh')
    .option('--proxy-jump <machines>', 'machines to jump over, with commas between')
    .option('--description <text>', 'for people')
    .option('--run-dir <directory>', 'where runs are kept there; without it, below the home directory')
    .option('--ssh-config <file>', 'a configuration of ssh, in place of ~/.ssh/config');
}

/** What was given of them. Files are meant from here, and kept with their full path. */
export function fieldsOf(options: ParsedInput['options'], { app }: Pick<CommandContext, 'app'>): ProfileFields {
  const given = profileKeys.flatMap((key) => {
    const text = options[propertyOf(key)];
    return text === undefined ? [] : [[key, fieldValue(key, String(text), app.cwd)]];
  });
  return Object.fromEntries(given) as ProfileFields;
}

/** As commander calls the value of `--ssh-host`. */
function propertyOf(key: ProfileKey): string {
  return optionOf(key).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function fieldValue(key: ProfileKey, text: string, cwd: string): string | number {
  if (text === '') {
    throw new UsageError(`--${optionOf(key)} is empty`, {
      code: 'usage.option_value',
      hint: `\`srunx ssh update NAME --unset ${optionOf(key)}\` clears it.`,
    });
  }
  if (key === 'port') return portOf(text);
  const isFile = key === 'key_filename' || key === 'ssh_config';
  return isFile && !text.startsWith('~/') ? resolve(cwd, text) : text;
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new UsageError(`--port: \`${text}\` is no port`, {
    code: 'usage.option_value',
    hint: 'Write a number from 1 to 65535.',
  });
}

/** They may be made later. */
export function noteMissing(fields: ProfileFields, { app, out }: Pick<CommandContext, 'app' | 'out'>): void {
  for (const file of missingFiles(app, fields)) out.note(`srunx: warning: there is no file ${printable(file)}`);
}

/** Where another file has the last word. */
export function noteOverruled({ overruled }: Saved, { out }: Pick<CommandContext, 'out'>): void {
  for (const words of overruled) out.note(`srunx: warning: ${printable(words)}, which counts here`);
}
