import type { Command } from 'commander';
import type { ConfigScope } from '../app/config-files.ts';
import { formatProblem } from '../app/load-config.ts';
import type { Config } from '../core/config/config.ts';
import { type ConfigLeaf, configKeys, formatKey } from '../core/config/config-schema.ts';
import { type ConfigOrigin, formatOrigin } from '../core/config/origin.ts';
import type { ConfigProblem } from '../core/config/read-config.ts';
import { UsageError } from '../core/errors.ts';
import type { ParsedInput } from './define-command.ts';
import { type Listing, scalarText } from './field.ts';
import type { Output } from './output.ts';
import { printable } from './table.ts';

/** What stands in place of a secret. */
export const maskedText = '***';

export interface ConfigRow {
  readonly key: string;
  readonly leaf: ConfigLeaf;
  readonly value: unknown;
  readonly origin: ConfigOrigin | undefined;
}

/** In the order of the schema; what the user has named (profiles, variables) behind it. */
export function configRows(config: Config, { all }: { readonly all: boolean }): readonly ConfigRow[] {
  const fixed = configKeys().filter(({ path }) => !path.includes('*'));
  const names = fixed.map(({ path }) => formatKey(path));
  const known = fixed.flatMap(({ path, leaf }): readonly ConfigRow[] => {
    const key = formatKey(path);
    const entry = config.entries.get(key);
    return entry === undefined && !all ? [] : [{ key, leaf, value: entry?.value ?? null, origin: entry?.origin }];
  });
  const named = [...config.entries].filter(([key]) => !names.includes(key));
  return [...known, ...named.map(([key, { leaf, value, origin }]) => ({ key, leaf, value, origin }))];
}

export function configListing({ origin }: { readonly origin: boolean }): Listing<ConfigRow> {
  const shown = ({ leaf, value }: ConfigRow) => (leaf.kind === 'secret' && value !== null ? maskedText : value);
  return {
    fields: [
      { key: 'key', title: 'KEY', json: ({ key }) => key },
      {
        ...{ key: 'value', title: 'VALUE', json: shown, elastic: true },
        text: (row) => (shown(row) === null ? '-' : scalarText(shown(row))),
      },
      { key: 'origin', title: 'ORIGIN', json: originText, elastic: true, drop: 2 },
      { key: 'description', title: 'MEANING', json: ({ leaf }) => leaf.description, elastic: true, drop: 1 },
    ],
    table: origin ? ['key', 'value', 'origin'] : ['key', 'value', 'description'],
    id: ({ key }) => key,
  };
}

function originText({ origin }: ConfigRow): string | null {
  return origin === undefined ? null : formatOrigin(origin);
}

export const problemListing: Listing<ConfigProblem> = {
  fields: [
    { key: 'severity', title: 'SEVERITY', json: ({ severity }) => severity, drop: 2 },
    { key: 'place', title: 'PLACE', json: ({ place }) => place },
    { key: 'key', title: 'KEY', json: ({ path }) => (path === undefined ? null : formatKey(path)), drop: 3 },
    { key: 'message', title: 'PROBLEM', json: ({ message }) => message },
    { key: 'hint', title: 'HINT', json: ({ hint }) => hint ?? null, drop: 1 },
  ],
  table: ['severity', 'place', 'message', 'hint'],
  id: ({ place }) => place,
};

/** What is wrong with the configuration, once each, and which files are not trusted. */
export function noteProblems(config: Config, out: Output): void {
  for (const problem of config.problems) {
    const hint = problem.hint === undefined ? '' : `; ${problem.hint}`;
    out.note(`srunx: ${problem.severity}: ${printable(formatProblem(problem) + hint)}`);
  }
  for (const file of config.untrusted) {
    out.note(
      `srunx: warning: ${printable(file)} sets environments or switches, and is not trusted; \`srunx config trust\` lets it`,
    );
  }
}

export function addScopeOptions(command: Command): Command {
  return command
    .option('--system', 'of all users of this machine (/etc/srunx/config.json)')
    .option('--project', 'of this project (srunx.json)')
    .option('-q, --quiet', 'no remarks on standard error');
}

/** The user's own file unless another is named. */
export function scopeOf(options: ParsedInput['options']): ConfigScope {
  const [system, project] = [options['system'] === true, options['project'] === true];
  if (system && project) {
    throw new UsageError('--system and --project cannot be used together', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  return system ? 'system' : project ? 'project' : 'user';
}
