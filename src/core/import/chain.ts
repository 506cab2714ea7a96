import type { Edge } from '../workflow/graph.ts';
import type { ImportedJob, ImportNote } from './imported-job.ts';
import type { ShellCommand } from './shell-statements.ts';
import type { Value, ValueContext } from './shell-values.ts';

export interface ChainSource {
  /** As the user named it. */
  readonly file: string;
  readonly text: string;
  /** The text of a batch script; `undefined` where it cannot be read. */
  readonly readScript: (path: string) => string | undefined;
  /** Names that are taken, and how often each was asked for. */
  readonly names: Map<string, number>;
}

export interface ReadChain {
  readonly jobs: readonly ImportedJob[];
  readonly notes: readonly ImportNote[];
}

/** How far the reading is. */
export interface Chain extends ChainSource {
  readonly jobs: ImportedJob[];
  readonly notes: ImportNote[];
  readonly variables: Map<string, Value>;
  readonly exported: Set<string>;
  /** Of `--wait`: what follows was submitted when it had ended. */
  readonly barrier: Edge[];
  /** Where `cd` has led. */
  directory: string | undefined;
  stopsAtErrors: boolean;
  readonly functions: Set<string>;
  readonly context: ValueContext;
  /** Of the statement that is read. */
  line: number;
}

export function note(chain: Chain, line: number, text: string): void {
  chain.notes.push({ file: chain.file, line, text });
}

export function joinPath(base: string | undefined, path: string): string {
  return base === undefined || path.startsWith('/') ? path : path === '.' ? base : `${base}/${path}`;
}

const maxShown = 80;

/** A command in one line, for messages. */
export function rawOf({ words, assignments }: ShellCommand): string {
  const text = [...assignments.map(({ name, value }) => `${name}=${value.raw}`), ...words.map(({ raw }) => raw)].join(
    ' ',
  );
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= maxShown ? line : `${line.slice(0, maxShown)}...`;
}
