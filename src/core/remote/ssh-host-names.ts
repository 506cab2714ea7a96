/** What one file of ssh's configuration names; all else in it is for ssh to read. */
export interface NamedHosts {
  /** Without patterns, in their order. */
  readonly hosts: readonly string[];
  /** Further files, as written: patterns, perhaps relative. */
  readonly includes: readonly string[];
}

export function readHostNames(text: string): NamedHosts {
  const hosts: string[] = [];
  const includes: string[] = [];
  for (const line of text.split(/[\r\n]+/)) {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line) ?? [];
    if (keyword.toLowerCase() === 'host') hosts.push(...wordsOf(rest).filter((word) => !/[*?!]/.test(word)));
    if (keyword.toLowerCase() === 'include') includes.push(...wordsOf(rest));
  }
  return { hosts: [...new Set(hosts)], includes };
}

/** Words with or without quotation marks, up to a comment. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const [, double, single, plain] of text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)) {
    if (plain?.startsWith('#') === true) break;
    const word = double ?? single ?? plain ?? '';
    if (word !== '') words.push(word);
  }
  return words;
}

/** Whether a name is meant by a pattern as ssh has them, with `*` and `?`. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = pattern.replaceAll(/[^*?]/g, (sign) => (/\w/.test(sign) ? sign : `\\${sign}`));
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(name);
}
