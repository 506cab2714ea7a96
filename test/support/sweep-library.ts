import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Sandbox, Started } from '../cli/sandbox.ts';

export type SweepTarget = 'local' | 'embedded';

/** Sweeps in a sandbox, by programs that use the library. */
export interface SweepLibrary {
  readonly sandbox: Sandbox;
  readonly target: SweepTarget;
  /** Four cells, two at once: each begins, waits for the file `NAME.go`, and ends; with `code`, cell 1 ends with that. */
  readonly waiting: (name: string) => string;
  readonly exists: (name: string) => boolean;
  /** A process of its own, with `orchestrator(options)`; what it tells goes through `say`, a line of JSON each. */
  readonly start: (body: string) => Started;
  /** The same to its end. */
  readonly run: (body: string) => Promise<unknown[]>;
}

let modules = 0;

export function sweepLibrary(sandbox: Sandbox, target: SweepTarget): SweepLibrary {
  const { write, runModule, work } = sandbox;
  const start = (body: string): Started => {
    modules += 1;
    return runModule(`library-${modules}.mjs`, `${headOf(target)}${body}`);
  };
  return {
    sandbox,
    target,
    waiting(name) {
      write(`${name}.yaml`, workflowOf(name));
      return `${name}.yaml`;
    },
    exists: (name) => existsSync(join(work, name)),
    start,
    async run(body) {
      const ran = await start(body).ended;
      expect(ran.code, ran.stderr).toBe(0);
      return said(ran);
    },
  };
}

/** The values of the lines. */
export function said({ stdout }: { readonly stdout: string }): unknown[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** Of the row of a sweep that has ended. */
export function endedCells(completed: number, failed: number, cancelled: number): Readonly<Record<string, number>> {
  return {
    ...{ cellsPending: 0, cellsRunning: 0, cellsUnknown: 0 },
    ...{ cellsCompleted: completed, cellsFailed: failed, cellsCancelled: cancelled },
  };
}

function headOf(target: SweepTarget): string {
  return `const { existsSync, writeFileSync } = await import('node:fs');
const { SweepOrchestrator } = await import(process.argv.at(-1));
const say = (value) => console.log(JSON.stringify(value));
const orchestrator = (options) => new SweepOrchestrator({ target: '${target}', intervalSeconds: ${target === 'local' ? 1 : 0.2}, ...options });
const until = async (test) => { while (!test()) await new Promise((done) => setTimeout(done, 50)); };
`;
}

function workflowOf(name: string): string {
  const train = `touch ${name}.{{ seed }}; until test -e ${name}.go; do sleep 0.1; done; exit {{ code if seed == 1 else 0 }}`;
  return `name: ${name}
args: {code: 0}
sweep:
  matrix: {seed: [0, 1, 2, 3]}
  max_parallel: 2
jobs:
  - {name: train, command: "${train}"}
  - {name: eval, command: "touch ${name}.done.{{ seed }}", depends_on: [train]}
`;
}
