import { keyOfOption } from '../job/resources-schema.ts';
import type { SbatchOption } from '../job/sbatch-options.ts';
import { parseDirectives } from '../job/script-directives.ts';
import { variableName } from '../job/variable-name.ts';
import { quoteWords } from '../quote.ts';
import { formatEdge } from '../workflow/graph.ts';
import { hasTemplate } from '../workflow/template.ts';
import type { ImportedJob } from './imported-job.ts';

/** A job as a workflow file has it: keys in the order in which they are read. */
export type JobEntry = Readonly<Record<string, unknown>>;

export interface EntryOptions {
  /** Scripts become commands; otherwise they stay where they are, as they are. */
  readonly inline: boolean;
  /** Told what could not be taken over. */
  readonly note: (text: string) => void;
}

export function jobEntry(job: ImportedJob, { inline, note }: EntryOptions): JobEntry {
  const { name, script, text, edges, args } = job;
  const body = text === undefined || (script !== undefined && !inline) ? undefined : inlineBody(text, { job, note });
  const isInline = body !== undefined;
  const directives = text === undefined ? [] : parseDirectives(text);
  // A script says itself what its directives say; of a chain's own options nobody else knows.
  const options = isInline
    ? [...directives, ...job.options]
    : [...(isAlone(job) ? directives.filter(isRequest) : []), ...job.options];
  const taken = takeOptions(lastOfEach(options), { isInline, note });
  const env = { ...taken.env, ...job.env };
  return {
    name,
    ...(isInline ? { command: keep(body, note), launcher: 'none' } : { script_path: keep(script ?? '', note) }),
    ...(isInline || args.length === 0 ? {} : { script_args: args.map((arg) => keep(arg, note)) }),
    ...(edges.length === 0 ? {} : { depends_on: edges.map(formatEdge) }),
    ...taken.keys,
    ...(job.workDir === undefined ? {} : { work_dir: job.workDir }),
    ...(taken.sbatchArgs.length === 0 ? {} : { sbatch_args: taken.sbatchArgs.map((arg) => keep(arg, note)) }),
    ...(Object.keys(env).length === 0
      ? {}
      : { env_vars: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, keep(value, note)])) }),
  };
}

/** A batch script that was named itself, and not submitted by a chain. */
function isAlone({ line }: ImportedJob): boolean {
  return line === 0;
}

/** What may stand in the script and beside it, and means the same. */
function isRequest({ name }: SbatchOption): boolean {
  return name === 'array' || keyOfOption.has(name);
}

function lastOfEach(options: readonly SbatchOption[]): readonly SbatchOption[] {
  return [...new Map(options.map((option) => [option.name, option])).values()];
}

/** Templates have no meaning in what was no template. */
function keep(text: string, note: EntryOptions['note']): string {
  if (!hasTemplate(text)) return text;
  if (!/\{%-?\s*endraw/.test(text)) return `{% raw %}${text}{% endraw %}`;
  note('holds `{% endraw %}`, which a workflow takes for a tag of its own');
  return text;
}

/** Without the first line and the directives; `undefined` where another program than a shell reads it. */
function inlineBody(
  text: string,
  { job, note }: { readonly job: ImportedJob; readonly note: EntryOptions['note'] },
): string | undefined {
  const [first = '', ...lines] = text.split('\n');
  const [, shell, flags = ''] =
    /^#!\s*(?:\/\S*\/)?(?:env\s+)?(bash|sh|dash|ksh|zsh)(?:\s+(-\S+))?\s*$/.exec(first) ?? [];
  if (shell === undefined || !/^(?:bash|sh|dash)$/.test(shell)) {
    note(`is read by another program than a POSIX shell (${first}): it stays a script`);
    return undefined;
  }
  const options = flags.replace(/^-/, '').replaceAll(/[^eux]/g, '');
  if (/[li]/.test(flags)) note(`begins with ${first}: its command is not run by a login shell`);
  const before = [
    ...(options === '' ? [] : [`set -${options}`]),
    ...(job.args.length === 0 ? [] : [`set -- ${quoteWords(job.args)}`]),
  ];
  const kept = lines.filter((line) => !/^#(?:SBATCH|SLURM)\b/.test(line));
  const body = [...before, ...kept].join('\n').replace(/^\n+/, '').trimEnd();
  return body === '' ? ':' : body;
}

interface Taken {
  readonly keys: Record<string, unknown>;
  readonly sbatchArgs: string[];
  readonly env: Record<string, string>;
}

interface TakeContext {
  readonly isInline: boolean;
  readonly note: EntryOptions['note'];
}

function takeOptions(options: readonly SbatchOption[], { isInline, note }: TakeContext): Taken {
  const taken: Taken = { keys: {}, sbatchArgs: [], env: {} };
  for (const { name, value } of options) {
    const key = keyOfOption.get(name);
    if (name === 'job-name') continue;
    if (name === 'no-requeue') taken.keys['requeue'] = false;
    else if (name === 'array') taken.keys['array'] = value;
    else if (name === 'chdir') taken.keys['work_dir'] = value;
    else if (key !== undefined) taken.keys[key] = value ?? true;
    else if (name === 'output') taken.keys['log_dir'] = logDirectory(value ?? '', note);
    else if (name === 'export') takeExport(value ?? '', taken);
    else if (refused.has(name)) note(`--${name}=${value ?? ''}: ${refused.get(name)}`);
    else taken.sbatchArgs.push(value === undefined ? `--${name}` : `--${name}=${value}`);
  }
  if (isInline && taken.keys['log_dir'] === undefined) taken.keys['log_dir'] = '.';
  return taken;
}

const refused: ReadonlyMap<string, string> = new Map([
  ['comment', 'the comment of a workflow job holds its token; left out'],
  ['clusters', 'the cluster is chosen for the whole workflow; left out'],
  ['dependency', 'names jobs that are not part of this; left out'],
]);

/** Logs of a workflow have names of their own. */
function logDirectory(pattern: string, note: EntryOptions['note']): string {
  const [, directory = '', file = ''] = /^(?:(.*)\/)?([^/]*)$/s.exec(pattern) ?? [];
  if (!/^(?:%x_%j|%x_%A_%a)\.log$/.test(file))
    note(`--output=${pattern}: logs of a workflow are called NAME_ID.log; the directory is kept`);
  return directory === '' ? (pattern.startsWith('/') ? '/' : '.') : directory;
}

/** `ALL,A=1` adds variables; whatever else it says stays as it is. */
function takeExport(value: string, taken: Taken): void {
  const parts = value.split(',');
  const pairs = parts.slice(1).map((part) => /^([^=]+)=(.*)$/s.exec(part));
  const isPlain =
    parts[0]?.toUpperCase() === 'ALL' && pairs.every((pair) => pair !== null && variableName.test(pair[1] ?? ''));
  if (!isPlain) taken.sbatchArgs.push(`--export=${value}`);
  else for (const pair of pairs) taken.env[pair?.[1] ?? ''] = pair?.[2] ?? '';
}
