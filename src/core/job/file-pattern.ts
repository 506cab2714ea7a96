import { z } from 'zod';

/** The path of a file, or a pattern of several in the manner of a POSIX shell: the job's own wrapper looks for them. */
export const filePattern = z
  .string({ error: 'must be text: put it into quotes' })
  .min(1, { error: 'must not be empty' })
  .refine((text) => !/[\0\n]/.test(text), { error: 'must be one line of text' })
  .refine((text) => !/^(?:~|\$\{?[A-Za-z_])/.test(text), {
    error: 'is not expanded by a shell: write the path, with * and ? where several are meant',
  })
  .refine((text) => !text.includes('\\'), { error: 'must not contain a backslash' })
  .refine((text) => !text.includes('**'), { error: '`**` is not known to every shell: write each directory as */' })
  .refine((text) => !/\[\^|\[:/.test(text), { error: 'write [!a-z] for other characters than these' });

export function isPattern(path: string): boolean {
  return /[*?]|\[[^/]*\]/.test(path);
}

/** What one part of a path matches, between two slashes. A name that begins with a dot is only matched by one. */
export function partMatcher(part: string): RegExp {
  const body = part.replaceAll(
    /\[(!?)([^\]]*)\]|[\s\S]/g,
    (token, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replaceAll(/[\\\]^[]/g, '\\$&')}]`;
      return token === '*' ? '.*' : token === '?' ? '.' : token.replace(/[.+^${}()|[\]\\/]/, '\\$&');
    },
  );
  return new RegExp(`^${/^[*?[]/.test(part) ? '(?!\\.)' : ''}${body}$`, 'su');
}

/** Whether what one job writes may be what another one reads; both are whole paths, or patterns of such. */
export function mayProvide(output: string, input: string): boolean {
  if (output === input || isWithin(input, output) || isWithin(output, input)) return true;
  return (isPattern(output) && matches(output, input)) || (isPattern(input) && matches(input, output));
}

function isWithin(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

function matches(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  const names = path.split('/');
  return parts.length === names.length && parts.every((part, index) => partMatcher(part).test(names[index] ?? ''));
}
