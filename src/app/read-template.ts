import { readFileSync, type Stats, statSync } from 'node:fs';
import { ConfigError, NotFoundError } from '../core/errors.ts';

/** No template is larger; a data set named by mistake must not fill the memory. */
const maxBytes = 1024 * 1024;

/** Throws a NotFoundError or a ConfigError. Never waits for whoever might write into a named pipe. */
export function readTemplateFile(path: string, what: string): string {
  const facts = factsOf(path, what);
  if (facts === undefined) {
    throw new NotFoundError(`there is no file for ${what}`, {
      code: 'template.not_found',
      hint: 'Check the path; `srunx template list` shows the names.',
    });
  }
  const kind = kindOf(facts, path);
  if (kind !== 'file') {
    const hint =
      kind === 'a directory' ? useScript : `${useScript} What a program writes, \`srunx template add NAME -\` takes.`;
    throw unusable(`${what} is ${kind}, and no file`, { hint });
  }
  if (facts.size > maxBytes) throw tooLarge(what, facts.size);
  return decodeTemplate(read(path, what), what);
}

/** The text must be UTF-8: any other would come out changed. */
export function decodeTemplate(bytes: Uint8Array, what: string): string {
  if (bytes.length > maxBytes) throw tooLarge(what, bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unusable(`${what} cannot be read as UTF-8 text`, { cause });
  }
}

function factsOf(path: string, what: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

function read(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

function kindOf(facts: Stats, path: string): 'file' | 'a directory' | 'a named pipe' | 'a device' | 'a socket' {
  // What `<(make-template)` is: somebody writes into it already.
  if (facts.isFile() || (facts.isFIFO() && /^\/(?:dev|proc\/self)\/(?:fd\/|stdin$)/.test(path))) return 'file';
  if (facts.isDirectory()) return 'a directory';
  if (facts.isFIFO()) return 'a named pipe';
  return facts.isSocket() ? 'a socket' : 'a device';
}

const useScript = 'Name a batch script with blanks.';

function tooLarge(what: string, bytes: number): ConfigError {
  return unusable(`${what} has ${bytes} bytes, more than ${maxBytes}`, {});
}

function unreadable(what: string, cause: unknown): ConfigError {
  return unusable(`${what} cannot be read`, {
    detail: cause instanceof Error ? cause.message : String(cause),
    hint: 'It must be a file that you may read.',
    cause,
  });
}

function unusable(
  message: string,
  options: { readonly detail?: string; readonly hint?: string; readonly cause?: unknown },
): ConfigError {
  return new ConfigError(message, { code: 'template.unusable', hint: useScript, ...options });
}
