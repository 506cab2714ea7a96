import { Document } from 'yaml';
import { readDirectives } from '../job/script-directives.ts';
import type { ImportedJob, ImportNote } from './imported-job.ts';
import { jobEntry } from './job-entry.ts';
import { readChain } from './read-chain.ts';
import { nameOf } from './read-submission.ts';
import { readStatements } from './shell-statements.ts';

export interface ScriptSource {
  /** As the user named it. */
  readonly file: string;
  readonly text: string;
}

export interface ImportRequest {
  readonly sources: readonly ScriptSource[];
  readonly readScript: (path: string) => string | undefined;
  readonly inline: boolean;
}

export interface ImportedWorkflow {
  /** The text of a workflow file. */
  readonly yaml: string;
  readonly jobs: number;
  readonly notes: readonly ImportNote[];
}

/** A workflow with the jobs of batch scripts, and of shell scripts that submit some. Nothing is run. */
export function importScripts({ sources, readScript, inline }: ImportRequest): ImportedWorkflow {
  const names = new Map<string, number>();
  const notes: ImportNote[] = [];
  const jobs = sources.flatMap(({ file, text }): readonly ImportedJob[] => {
    if (!isChain(text)) return [batchJob({ file, text }, { names, notes })];
    const chain = readChain({ file, text, readScript, names });
    notes.push(...chain.notes);
    if (chain.jobs.length === 0) notes.push({ file, line: 1, text: 'no call of sbatch in it is understood' });
    return chain.jobs;
  });
  const entries = jobs.map((job) => {
    const note = (text: string) =>
      notes.push({ file: job.file, line: Math.max(1, job.line), text: `${job.name}: ${text}` });
    return jobEntry(job, { inline, note });
  });
  const document = new Document({ name: workflowName(sources), jobs: entries });
  document.commentBefore = headOf(sources, notes)
    .map((line) => ` ${line}`)
    .join('\n');
  return { yaml: document.toString({ lineWidth: 0 }), jobs: jobs.length, notes };
}

/** What has directives is a job, whatever it submits itself. */
function isChain(text: string): boolean {
  if (readDirectives(text).options.length > 0) return false;
  return /(?:^|[^\w.-])sbatch(?![\w.-])/m.test(text.replaceAll(/^\s*#.*$/gm, ''));
}

function batchJob(
  { file, text }: ScriptSource,
  { names, notes }: { readonly names: Map<string, number>; readonly notes: ImportNote[] },
): ImportedJob {
  const name = nameOf({ options: [], script: file, text, line: 1 }, { names, notes, file });
  const lines = text.split('\n');
  const call = readStatements(text).find((statement) => callsSbatch(statement, lines));
  if (call !== undefined)
    notes.push({ file, line: call.line, text: 'submits jobs itself, which are no part of the workflow' });
  const dependency = readDirectives(text).options.find((option) => option.name === 'dependency')?.value;
  if (dependency !== undefined)
    notes.push({ file, line: 1, text: `waits for jobs that are no part of the workflow: --dependency=${dependency}` });
  return { name, file, line: 0, script: file, text, args: [], edges: [], options: [], env: {}, workDir: undefined };
}

function callsSbatch(statement: ReturnType<typeof readStatements>[number], lines: readonly string[]): boolean {
  if (statement.kind === 'block') return statement.calls > 0;
  const line = lines[statement.line - 1] ?? '';
  return statement.commands.some(({ words }) => words[0]?.raw === 'sbatch') || /\$\(\s*sbatch\b/.test(line);
}

function workflowName([first]: readonly ScriptSource[]): string {
  const file = first?.file.replace(/^.*\//, '').replace(/(?<=.)\.\w+$/, '') ?? '';
  return file === '' ? 'imported' : file;
}

function headOf(sources: readonly ScriptSource[], notes: readonly ImportNote[]): string[] {
  return [
    `Made from ${sources.map(({ file }) => file).join(', ')}.`,
    'Paths of scripts are seen from where srunx is started. A job without an --output of its own writes its log to logs/NAME_ID.log.',
    ...(notes.length === 0 ? [] : ['', 'Not understood, or not as it was:', ...notes.map(formatNote)]),
  ].map((line) => line.replaceAll(/[\0-\x1f\x7f]/g, ' '));
}

/** `chain.sh:7: …` */
export function formatNote({ file, line, text }: ImportNote): string {
  return `${file}:${line}: ${text}`;
}
