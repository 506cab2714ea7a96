/** A workflow that is killed at random, and what becomes of it where nobody cancels it. */
export interface ChaosShape {
  readonly name: string;
  /** The workflow, whose jobs write into a file. */
  readonly text: (ran: string) => string;
  /** It can be paused, and told to end in part. */
  readonly controls: boolean;
  /** What all of it has written. */
  readonly lines: readonly string[];
  readonly status: 'completed' | 'failed';
  /** Those of its rows that do not complete. */
  readonly states: Readonly<Record<string, 'failed' | 'skipped'>>;
  /** So long the hand-over takes. */
  readonly handoverMs: number;
  /** Where Slurm has each row, in their order: by the token of a submission, and of an array the task. */
  readonly places: (runId: string, maxArraySize: number) => readonly Place[];
}

export interface Place {
  readonly token: string;
  readonly task?: number;
}

/** By what a row is known to Slurm. */
export function keyOf({ token, task }: Place): string {
  return task === undefined ? token : `${token}.${task}`;
}

const flowJob = (ran: string, name: string, more = '', command = '') =>
  `  - {name: ${name}, launcher: none, command: 'echo $SRUNX_RUN $SRUNX_JOB $SRUNX_ATTEMPT >> ${ran}${command}'${more}}`;

const workflow: ChaosShape = {
  name: 'a workflow',
  controls: false,
  text: (ran) => `name: chaos
jobs:
${[
  flowJob(ran, 'first'),
  flowJob(ran, 'left', ', depends_on: [first]'),
  flowJob(ran, 'flaky', ', depends_on: [first], retry: {max: 3, delay: 1}', '; [ $SRUNX_ATTEMPT -ge 2 ]'),
  flowJob(ran, 'last', ', depends_on: [left, flaky]'),
].join('\n')}
`,
  lines: ['first', 'flaky 1', 'flaky 2', 'last', 'left'],
  status: 'completed',
  states: {},
  handoverMs: 80,
  places: (id) => [0, 1, 2, 3].map((ordinal) => ({ token: `${id}-${ordinal}` })),
};

const cellJob = (ran: string, name: string, more = '', command = '') =>
  `  - {name: ${name}, launcher: none, command: 'echo $SRUNX_RUN $SRUNX_JOB#$SRUNX_CELL $SRUNX_ATTEMPT >> ${ran}${command}'${more}}`;
const cells = [0, 1, 2, 3, 4, 5];
const stages = 3;
/** The cell that fails, and the one that does so at first. */
const bad = 3;
const flaky = 4;
const isNot = (cell: number) => `[ $SRUNX_CELL -ne ${cell} ]`;

const sweep: ChaosShape = {
  name: 'a sweep',
  controls: true,
  text: (ran) => `name: chaos
sweep: {matrix: {n: [${cells.join(', ')}]}, max_parallel: 2}
jobs:
${[
  cellJob(
    ran,
    'train',
    ', retry: {max: 2, delay: 1, on: ["exit:7"]}',
    `; ${isNot(bad)} || exit 3; ${isNot(flaky)} || [ $SRUNX_ATTEMPT -ge 2 ] || exit 7`,
  ),
  cellJob(ran, 'eval', ', depends_on: [train]'),
  cellJob(ran, 'sorry', ', depends_on: ["afternotok:train"]'),
].join('\n')}
reduce:
${flowJob(ran, 'sum', '', `; [ $(wc -l < $SRUNX_CELLS) -eq ${cells.length} ]`)}
`,
  lines: [
    ...cells.filter((cell) => cell !== bad).map((cell) => `eval#${cell}`),
    `sorry#${bad}`,
    'sum',
    ...cells.flatMap((cell) => (cell === flaky ? [`train#${cell} 1`, `train#${cell} 2`] : [`train#${cell} 1`])),
  ],
  status: 'failed',
  states: Object.fromEntries([
    ...cells.filter((cell) => cell !== bad).map((cell) => [`sorry#${cell}`, 'skipped']),
    [`eval#${bad}`, 'skipped'],
    [`train#${bad}`, 'failed'],
  ]),
  handoverMs: 150,
  // Chunk by chunk, of each of them all jobs, and what comes after them; rows stand by cell, and in each by job.
  places: (id, maxArraySize) => [
    ...cells.flatMap((cell) =>
      Array.from({ length: stages }, (_, stage) => ({
        token: `${id}-${Math.floor(cell / maxArraySize) * stages + stage}`,
        task: cell % maxArraySize,
      })),
    ),
    { token: `${id}-${Math.ceil(cells.length / maxArraySize) * stages}` },
  ],
};

export const shapes: readonly ChaosShape[] = [workflow, sweep];
