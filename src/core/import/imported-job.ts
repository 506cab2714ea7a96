import type { SbatchOption } from '../job/sbatch-options.ts';
import type { Edge } from '../workflow/graph.ts';

/** Something that was not understood, or not taken over. */
export interface ImportNote {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** Said, but nothing is lost by it. */
  readonly isMinor?: true;
}

/** One submission of a chain, or one batch script. */
export interface ImportedJob {
  readonly name: string;
  /** Where it is submitted. */
  readonly file: string;
  readonly line: number;
  /** Path of the script; absent for what `--wrap` and here-documents say. */
  readonly script: string | undefined;
  /** Text of the script; `undefined` where it cannot be read. */
  readonly text: string | undefined;
  readonly args: readonly string[];
  readonly edges: readonly Edge[];
  /** Of the command line. */
  readonly options: readonly SbatchOption[];
  readonly env: Readonly<Record<string, string>>;
  readonly workDir: string | undefined;
}
