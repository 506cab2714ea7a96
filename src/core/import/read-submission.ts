import { findSbatchOptions } from '../job/sbatch-option-table.ts';
import { parseSbatchArgs, type SbatchOption } from '../job/sbatch-options.ts';
import { directiveJobName } from '../job/script-directives.ts';
import { variableName } from '../job/variable-name.ts';
import type { Edge } from '../workflow/graph.ts';
import { type Chain, joinPath, note, rawOf } from './chain.ts';
import type { ImportedJob } from './imported-job.ts';
import { readDependency } from './read-dependency.ts';
import type { ShellCommand } from './shell-statements.ts';
import { evaluateWord, textOf, textValue, type Value } from './shell-values.ts';

/** What the command prints, if it is a submission that is understood. */
export function submit(
  command: ShellCommand,
  { words: all, chain }: { readonly words: readonly Value[]; readonly chain: Chain },
): Value | undefined {
  const [name, ...words] = all;
  if (name === undefined || !isSbatch(textOf(name))) return undefined;
  // Positions stand for the values in what the parser of options sees.
  const marked = words.map((word, index) => textOf(word) ?? `${knownHead(word)}\u0001${index}\u0001`);
  const { options, rest, error } = parseSbatchArgs(marked);
  const { line } = command;
  if (error !== undefined) {
    note(chain, line, `${rawOf(command)}: ${error.message}; left out`);
    return undefined;
  }
  const read = readSubmission({ command, options, rest, words }, chain);
  if (read === undefined) return undefined;
  chain.jobs.push(read);
  if (has(options, 'wait'))
    chain.barrier.push({ type: chain.stopsAtErrors ? 'afterok' : 'afterany', parent: read.name });
  return [{ kind: 'job', job: read.name, form: has(options, 'parsable') ? 'id' : 'sentence' }];
}

/** So much of an option as is known: its name stands there in most cases. */
function knownHead(value: Value): string {
  const [first] = value;
  return first?.kind === 'text' ? (/^-(?:-[\w-]+=|\w)/.exec(first.text)?.[0] ?? '') : '';
}

function has(options: readonly SbatchOption[], name: string): boolean {
  return options.some((option) => option.name === name);
}

interface Submission {
  readonly command: ShellCommand;
  readonly options: readonly SbatchOption[];
  readonly rest: readonly string[];
  readonly words: readonly Value[];
}

function readSubmission({ command, options, rest, words }: Submission, chain: Chain): ImportedJob | undefined {
  const { line, document } = command;
  const original = (text: string): Value => originalOf(text, words);
  const [scriptWord, ...argWords] = rest;
  const path = scriptWord === undefined ? undefined : textOf(original(scriptWord));
  if (scriptWord !== undefined && path === undefined) {
    note(chain, line, `${rawOf(command)}: which script is known only when it runs; left out`);
    return undefined;
  }
  const wrap = options.find((option) => option.name === 'wrap')?.value;
  const wrapped = wrap === undefined ? undefined : textOf(original(wrap));
  if (scriptWord === undefined && wrapped === undefined && document === undefined) {
    note(chain, line, `${rawOf(command)}: the script comes from standard input, or is computed; left out`);
    return undefined;
  }
  const script = path === undefined ? undefined : joinPath(chain.directory, path);
  const text = script === undefined ? (document?.text ?? `#!/bin/sh\n${wrapped}\n`) : chain.readScript(script);
  if (script === undefined && document?.expands === true && /[$`]/.test(document.text))
    note(chain, line, 'variables in a here-document are filled in when it is submitted; they stay as they are written');
  if (script !== undefined && text === undefined) note(chain, line, `there is no readable script ${script}`);
  const kept = keptOptions(options, { original, line, chain });
  const args = argWords.flatMap((word): string[] => {
    const value = textOf(original(word));
    if (value === undefined) note(chain, line, `an argument of ${path} is known only when it runs: ${rawOf(command)}`);
    return value === undefined ? [] : [value];
  });
  return {
    ...{ file: chain.file, line, script, text, args, options: kept },
    name: nameOf({ options: kept, script, text, line, isWrapped: wrapped !== undefined }, chain),
    edges: edgesOf(options, { original, line, chain }),
    env: environmentOf(command, chain),
    workDir: chain.directory,
  };
}

interface OptionContext {
  readonly original: (text: string) => Value;
  readonly line: number;
  readonly chain: Chain;
}

function originalOf(text: string, words: readonly Value[]): Value {
  const [, head = '', index] = /^(.*)\u0001(\d+)\u0001$/s.exec(text) ?? [];
  const value = index === undefined ? undefined : words[Number(index)];
  if (value === undefined) return textValue(text);
  // The parser has taken the name of the option off.
  const [first, ...rest] = value;
  const cut = knownHead(value).length - head.length;
  return first?.kind === 'text' && cut > 0 ? [...textValue(first.text.slice(cut)), ...rest] : value;
}

/** Without what says how sbatch runs, and what waits for what. */
function keptOptions(options: readonly SbatchOption[], { original, line, chain }: OptionContext): SbatchOption[] {
  return options.flatMap((option): SbatchOption[] => {
    const { name, value } = option;
    const steers = findSbatchOptions(name).some((spec) => spec.name === name && spec.steersSbatch);
    if (steers || /^(?:dependency|kill-on-invalid-dep)$/.test(name)) return [];
    if (value === undefined) return [option];
    const text = textOf(original(value));
    if (text !== undefined) return [{ name, value: text }];
    note(chain, line, `--${name}: its value is known only when it runs; left out`);
    return [];
  });
}

function edgesOf(options: readonly SbatchOption[], { original, line, chain }: OptionContext): readonly Edge[] {
  const written = options.findLast(({ name }) => name === 'dependency')?.value;
  const { edges, faults } = written === undefined ? { edges: [], faults: [] } : readDependency(original(written));
  for (const fault of faults) note(chain, line, `--dependency: ${fault}`);
  const named = new Set(edges.map(({ parent }) => parent));
  return [...edges, ...chain.barrier.filter(({ parent }) => !named.has(parent))];
}

function environmentOf({ assignments, line }: ShellCommand, chain: Chain): Record<string, string> {
  const given = assignments.map(({ name, value }) => [name, evaluateWord(value, chain.context)] as const);
  const exported = [...chain.exported].flatMap((name) => {
    const value = chain.variables.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const env: Record<string, string> = {};
  for (const [name, value] of [...exported, ...given]) {
    const text = textOf(value);
    if (text !== undefined && variableName.test(name) && !/^(?:SLURM|SBATCH)_/.test(name)) env[name] = text;
    else note(chain, line, `the variable ${name} is known only when it runs, or is Slurm's; left out`);
  }
  return env;
}

interface Named {
  readonly options: readonly SbatchOption[];
  readonly script: string | undefined;
  readonly text: string | undefined;
  readonly line: number;
  readonly isWrapped?: boolean;
}

/** As Slurm calls the job; names of a workflow are unique, and have fewer letters to choose from. */
export function nameOf(
  { options, script, text, line, isWrapped = false }: Named,
  chain: Pick<Chain, 'names' | 'notes' | 'file'>,
): string {
  const own =
    options.findLast((option) => option.name === 'job-name')?.value ??
    (text === undefined ? undefined : directiveJobName(text));
  const file = script?.replace(/^.*\//, '').replace(/(?<=.)\.(?:sh|slurm|sbatch|bash)$/, '');
  // As Slurm itself calls it.
  const wanted = own ?? file ?? (isWrapped ? 'wrap' : 'sbatch');
  const clean =
    wanted
      .replaceAll(/[^A-Za-z0-9._-]/g, '_')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 120) || 'job';
  let name = clean;
  for (let count = (chain.names.get(clean) ?? 0) + 1; chain.names.has(name); count += 1) {
    name = `${clean}_${count}`;
    chain.names.set(clean, count);
  }
  chain.names.set(name, 1);
  if (own !== undefined && name !== own) {
    const text = `the job name ${own} becomes ${name}: names are unique in a workflow, and have few signs`;
    chain.notes.push({ file: chain.file, line, text, isMinor: true });
  }
  return name;
}

export function isSbatch(word: string | undefined): boolean {
  return /^(?:.*\/)?sbatch$/.test(word ?? '');
}
