/** The entries of an `--export` list: split at commas outside quotes. */
export function splitExportList(text: string): readonly string[] {
  return text.match(/(?:"[^"]*"|'[^']*'|[^,"']|["'])+/g) ?? [];
}

/** The same list to be shown around: `ALL,TOKEN=***`. Values may be secrets. */
export function maskExportList(text: string): string {
  return splitExportList(text)
    .map((entry) => entry.replace(/=.*$/s, '=***'))
    .join(',');
}

/** `--export` may hold values of variables. */
export function maskOption(option: string): string {
  const prefix = '--export=';
  return option.startsWith(prefix) ? prefix + maskExportList(option.slice(prefix.length)) : option;
}
