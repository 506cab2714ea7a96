import { countOf } from '../count-of.ts';
import { type Chain, type ChainSource, joinPath, note, type ReadChain, rawOf } from './chain.ts';
import { isSbatch, submit } from './read-submission.ts';
import {
  readStatements,
  type ShellBlock,
  type ShellCommand,
  type ShellPipeline,
  type ShellStatement,
} from './shell-statements.ts';
import { evaluateWord, evaluateWords, textOf, type Value } from './shell-values.ts';

/** The jobs that a shell script submits with `sbatch`, and what waits for what. Nothing is run. */
export function readChain(source: ChainSource): ReadChain {
  const variables = new Map<string, Value>();
  const end = source.file.lastIndexOf('/');
  const chain: Chain = {
    ...source,
    ...{ jobs: [], notes: [], variables, exported: new Set(), barrier: [], functions: new Set() },
    line: 1,
    directory: undefined,
    stopsAtErrors: /^#!.*\s-\w*e/.test(source.text),
    context: {
      line: () => chain.line,
      variables,
      submit: (command) => submit(command, { words: evaluateWords(command.words, chain.context), chain }),
      directory: end < 0 ? '.' : source.file.slice(0, end) || '/',
    },
  };
  for (const statement of readStatements(source.text)) readStatement(statement, chain);
  return chain;
}

function readStatement(statement: ShellStatement, chain: Chain): void {
  chain.line = statement.line;
  if (statement.kind === 'block') noteBlock(statement, chain);
  else readPipeline(statement, chain);
}

function readPipeline({ commands, before, line }: ShellPipeline, chain: Chain): void {
  const [command, ...filters] = commands;
  if (command === undefined) return;
  if (command.words.length === 0) {
    assign(command, chain);
    return;
  }
  const known = chain.jobs.length;
  const words = evaluateWords(command.words, chain.context);
  const [name, ...args] = words.map((word) => textOf(word));
  // What happens when a submission fails is not part of the graph.
  if (before === '||' && /^(?:exit|return|true|:|echo|printf|die|false)$/.test(name ?? '')) return;
  if (isSbatch(name) && filters.every(({ words: [first] }) => harmless.test(first?.raw ?? ''))) {
    submit(command, { words, chain });
    return;
  }
  if (name !== undefined && chain.functions.has(name)) {
    note(chain, line, `${rawOf(command)}: calls a function, which is not understood; what it submits is left out`);
    return;
  }
  // `echo "submitted $(sbatch a.sh)"`
  const isUnderstood = chain.jobs.length > known || !mentionsSbatch(command);
  if (isUnderstood && filters.length === 0 && readBuiltIn(command, { name, args, chain })) return;
  if (isUnderstood)
    note(chain, line, `${rawOf(command)}: runs when the jobs are submitted, and is no part of the workflow`);
  else note(chain, line, `${rawOf(command)}: not understood, and what it submits is left out`);
}

/** What may stand behind a submission without changing it. */
const harmless = /^(?:tee|cat|awk|grep|cut|sed|tail|head|tr)$/;

function noteBlock({ keyword, line, lastLine, calls, before, changed }: ShellBlock, chain: Chain): void {
  if (keyword.endsWith('()')) chain.functions.add(keyword.slice(0, -2));
  for (const name of changed) chain.variables.set(name, [{ kind: 'unknown', raw: `$${name}` }]);
  // `|| { echo failed; exit 1; }`
  if (before === '||' && keyword === '{' && calls === 0) return;
  const where = lastLine > line ? ` (to line ${lastLine})` : '';
  const what = calls === 0 ? 'what it does is not looked at' : `${countOf(calls, 'call')} of sbatch in it left out`;
  note(
    chain,
    line,
    `${keyword} ...${where}: what runs more than once, or perhaps not at all, is not understood; ${what}`,
  );
}

function assign({ assignments, line }: ShellCommand, chain: Chain): void {
  for (const { name, value } of assignments) {
    const known = chain.jobs.length;
    const found = evaluateWord(value, chain.context);
    chain.variables.set(name, found);
    if (!value.raw.includes('sbatch') || found.every(({ kind }) => kind !== 'unknown')) continue;
    const what =
      chain.jobs.length > known
        ? 'which id that is is not understood'
        : 'not understood, and what it submits is left out';
    note(chain, line, `${name}=${value.raw}: ${what}`);
  }
}

interface BuiltIn {
  readonly name: string | undefined;
  readonly args: readonly (string | undefined)[];
  readonly chain: Chain;
}

/** Commands that say something about the jobs, or nothing at all. */
function readBuiltIn(command: ShellCommand, { name, args, chain }: BuiltIn): boolean {
  switch (name) {
    case 'set':
      if (args.some((arg) => /^-\w*e|^errexit$/.test(arg ?? ''))) chain.stopsAtErrors = true;
      return true;
    case 'echo':
    case 'printf':
    case 'sleep':
    case 'exit':
    case 'true':
    case ':':
    case 'shopt':
    case 'unset':
    case 'squeue':
      return true;
    case 'export':
    case 'declare':
    case 'local':
    case 'readonly':
      return declare(command, name, chain);
    case 'cd':
      if (args.length !== 1 || args[0] === undefined) return false;
      chain.directory = args[0] === '.' ? chain.directory : joinPath(chain.directory, args[0]);
      return true;
    default:
      return false;
  }
}

function declare({ words, line }: ShellCommand, keyword: string, chain: Chain): boolean {
  for (const word of words.slice(1)) {
    const [, name = '', plain = ''] = /^([A-Za-z_]\w*)(=?)/.exec(word.raw) ?? [];
    if (name === '') continue;
    const [first, ...rest] = word.pieces;
    if (plain === '=' && first?.kind === 'text') {
      const value = {
        raw: word.raw.slice(name.length + 1),
        pieces: [{ ...first, text: first.text.slice(name.length + 1) }, ...rest],
      };
      assign({ line, assignments: [{ name, value }], words: [], redirects: [], document: undefined }, chain);
    }
    if (keyword === 'export') chain.exported.add(name);
  }
  return true;
}

function mentionsSbatch({ words, assignments, redirects }: ShellCommand): boolean {
  const texts = [...words, ...assignments.map(({ value }) => value)].map(({ raw }) => raw);
  return [...texts, ...redirects].some((raw) => /(?:^|[^\w.-])sbatch(?![\w.-])/.test(raw));
}
