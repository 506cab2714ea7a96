import { quoteWord } from '../quote.ts';

export interface CellShellOptions {
  /** Absolute plan directory on the cluster. */
  readonly directory: string;
  /** Where the table lies; the plan directory if absent. */
  readonly handover?: string | undefined;
  /** Of the array: what must be added to the index of a task for that of its cell. */
  readonly offset: number;
  /** Names the variables of this job in the table. */
  readonly stage: number;
  readonly job: string;
  /** Somebody wants to know where its log is. */
  readonly isLogNoted?: boolean;
  /** What the task reads of its row, by places in it. */
  readonly varies: {
    readonly script?: readonly (string | number)[];
    readonly env: Readonly<Record<string, number>>;
    readonly args?: { readonly from: number; readonly count: number };
    readonly workDir?: number;
  };
}

export interface CellRow {
  readonly index: number;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** For each job, the texts that differ. */
  readonly stages: readonly (readonly string[])[];
}

/** EX_CONFIG and EX_CANTCREAT of sysexits. */
const withoutRow = 78;
export const withoutDirectory = 73;

/** The file of the plan directory with a line for each cell, in the order of their indices. */
export function cellTable(directory: string): string {
  return `${directory}/cells.sh`;
}

/** Each line sets what the tasks of one cell have to know; cells that are not of this run have an empty one. */
export function renderCellTable(rows: readonly CellRow[]): string {
  const lines: string[] = [];
  for (const { index, name, values, stages } of rows) {
    while (lines.length < index) lines.push('');
    const words = [
      `srunx_name=${quoteLine(name)}`,
      `srunx_params=${quoteLine(JSON.stringify(values))}`,
      ...stages.flatMap((texts, stage) => texts.map((text, place) => `${variable(stage, place)}=${quoteLine(text)}`)),
    ];
    lines.push(words.join(' '));
  }
  return `${lines.join('\n')}\n`;
}

function variable(stage: number, place: number): string {
  return `srunx_${stage}_${place}`;
}

/** A row is a line, whatever is in it. */
function quoteLine(text: string): string {
  return text.split('\n').map(quoteWord).join('"$srunx_nl"');
}

/**
 * What the wrapper of a task does on account of its cell. `before`: finds its row, names itself, makes the directory of the cell with
 * its values as a file, and puts the script together where that is not the same for all cells. `after`: where it has succeeded, the
 * script that was put together is not needed any more.
 */
export function renderCell({
  directory,
  handover = directory,
  offset,
  stage,
  job,
  isLogNoted = false,
  varies,
}: CellShellOptions): {
  readonly before: string;
  readonly after: string;
} {
  const table = quoteWord(cellTable(handover));
  const of = (place: number) => `"$${variable(stage, place)}"`;
  const { script, env, args, workDir } = varies;
  const lines = [
    "srunx_nl='\n'",
    `srunx_index=$((SLURM_ARRAY_TASK_ID + ${offset}))`,
    `srunx_row=$(sed -n "$((srunx_index + 1)){p;q;}" ${table})`,
    `[ -n "$srunx_row" ] || lack ${withoutRow} "cell $srunx_index has no row in "${table}`,
    'eval "$srunx_row"',
    `export SRUNX_CELL="$srunx_index" SRUNX_CELL_NAME="$srunx_name" SRUNX_CELL_DIR=${quoteWord(`${directory}/cells`)}"/$srunx_index"`,
    // By the first job of the cell: each of these commands is a process, and there are thousands of tasks.
    `[ -d "$SRUNX_CELL_DIR" ] || mkdir -p "$SRUNX_CELL_DIR" || lack ${withoutDirectory} "$SRUNX_CELL_DIR cannot be made"`,
    '[ -f "$SRUNX_CELL_DIR/params.json" ] || keep "$SRUNX_CELL_DIR/params.json" "$srunx_params$srunx_nl"',
    ...(isLogNoted ? [noteLog] : []),
    ...Object.entries(env).map(([key, place]) => `export ${key}=${of(place)}`),
    ...(args === undefined
      ? []
      : [`set -- ${Array.from({ length: args.count }, (_, at) => of(args.from + at)).join(' ')}`]),
    ...(script === undefined
      ? []
      : [
          `srunx_payload=$SRUNX_CELL_DIR/${quoteWord(job)}`,
          `keep "$srunx_payload" ${script.map((part) => (typeof part === 'string' ? quoteWord(part) : of(part))).join(' ')}`,
        ]),
    ...(workDir === undefined
      ? []
      : [
          `mkdir -p -- ${of(workDir)} && cd -- ${of(workDir)} || lack ${withoutDirectory} ${of(workDir)}' cannot be entered'`,
        ]),
  ];
  return {
    before: [functions, ...lines].join('\n'),
    after: script === undefined ? '' : '[ "$srunx_code" -ne 0 ] || rm -f "$srunx_payload"',
  };
}

/** Ends the job before its payload begins, and says why. */
export const lackFunction = `lack() {
  echo "srunx: $2" >&2
  note start "$SLURM_JOB_ID"
  leave "$1"
}`;

// As the node sees it. One with the end of a line in its name is left out.
const noteLog = `srunx_log=$(readlink "/proc/$$/fd/1" 2>/dev/null)
case $srunx_log in *"$srunx_nl"* | /dev/*) ;; /*) note log "$srunx_log" ;; esac`;

// Written under another name first: another job of the cell may read it at this moment.
const functions = `${lackFunction}
keep() {
  srunx_file=$1
  shift
  srunx_new=$srunx_file.$SLURM_JOB_ID
  { printf %s "$@" >"$srunx_new" && chmod 700 "$srunx_new" && mv -f "$srunx_new" "$srunx_file"; } ||
    lack ${withoutDirectory} "$srunx_file cannot be written"
}`;
