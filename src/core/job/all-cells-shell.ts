import { quoteWord } from '../quote.ts';
import { lackFunction, withoutDirectory } from './cell-shell.ts';

/** A cell, as whoever looks at all of them knows it before anything has run. */
export interface ListedCell {
  readonly index: number;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** An array of a sweep. */
export interface ListedTasks {
  readonly token: string;
  /** What must be added to the index of a task for that of its cell. */
  readonly offset: number;
  /** As `--array` takes them, without a limit. */
  readonly tasks: string;
  readonly job: string;
  /** Its failure counts as success. */
  readonly ignored: boolean;
  /** As Slurm is told them, to jobs of the same cell. */
  readonly edges: readonly { readonly type: string; readonly parent: string }[];
}

/** The two files of the plan directory that say which cells there are, and which tasks they are. */
export function cellList(directory: string): string {
  return `${directory}/cells.jsonl`;
}

export function taskList(directory: string): string {
  return `${directory}/tasks`;
}

/** Complete objects, to which only what has become of the cells is added. */
export function renderCellList(directory: string, cells: readonly ListedCell[]): string {
  return cells
    .map(({ index, name, values }) => ({ index, name, params: values, dir: `${directory}/cells/${index}` }))
    .map((cell) => `${JSON.stringify(cell)}\n`)
    .join('');
}

/** Parents before children. */
export function renderTaskList(arrays: readonly ListedTasks[]): string {
  return arrays
    .map(({ token, offset, tasks, job, ignored, edges }) => {
      const words = edges.map(({ type, parent }) => `${type}:${parent}`);
      return `${[token, offset, tasks, job, ignored ? 'ignored' : 'counts', ...words].join(' ')}\n`;
    })
    .join('');
}

export interface AllCellsOptions {
  /** Absolute directories on the cluster with lists of cells and tasks: of a job of a cell in several of them, the last one counts. */
  readonly directories: readonly string[];
  /** The plan directory with the receipts of all of them; each has its own if absent. */
  readonly receipts?: string | undefined;
  /** Absolute path. */
  readonly file: string;
}

/**
 * What the wrapper of a job that runs after all cells does first: it writes what is known of all of them into a file, an object of JSON
 * a line, and names it in `SRUNX_CELLS`. POSIX sh, and awk.
 *
 * - Receipts tell all of it: a job without one never began. Why, follows from what it waited for.
 * - One `ls` for each plan directory says which files there are; of those that are there, one awk reads what it needs.
 * - Bytes that are no UTF-8 become U+FFFD, because JSON has no others.
 */
export function renderAllCells({ directories, receipts, file }: AllCellsOptions): string {
  const folder = file.slice(0, file.lastIndexOf('/'));
  const places = directories.map((directory) => [directory, `${receipts ?? directory}/receipts`] as const);
  const lists = places.map(([, folderOf]) => `ls ${quoteWord(folderOf)} 2>/dev/null; echo`);
  return `${lackFunction}
srunx_cells=${quoteWord(file)}
{
  mkdir -p ${quoteWord(folder)} &&
    { ${lists.join('; ')}; } |
    LC_ALL=C awk ${quoteWord(gather)} ${places.flat().map(quoteWord).join(' ')} >"$srunx_cells.$SLURM_JOB_ID" &&
    mv -f "$srunx_cells.$SLURM_JOB_ID" "$srunx_cells"
} || lack ${withoutDirectory} "$srunx_cells cannot be written"
export SRUNX_CELLS="$srunx_cells"`;
}

const gather = `
BEGIN {
  for (at = 1; at < ARGC; at += 2) { directory[(at + 1) / 2] = ARGV[at]; receipts[(at + 1) / 2] = ARGV[at + 1] }
  count = (ARGC - 1) / 2
  ARGC = 1
  part = 1
  for (at = 1; at < 256; at++) code[sprintf("%c", at)] = at
  for (at = 0; at < 32; at++) control[at] = sprintf("\\\\u%04x", at)
}
$0 == "" { part += 1; next }
{ listed[part, $0] = 1 }
END {
  for (part = 1; part <= count; part++) { read_cells(); read_tasks() }
  if (!broken) for (cell = 0; cell <= last; cell++) if (cell in head) print_cell()
  exit broken
}
function refuse(path) {
  printf "srunx: %s cannot be read\\n", path | "cat >&2"
  broken = 1
}
function read_cells(   path, line, got) {
  path = directory[part] "/cells.jsonl"
  while ((got = (getline line < path)) > 0) {
    cell = line
    sub(/^[{]"index":/, "", cell)
    cell = cell + 0
    head[cell] = substr(line, 1, length(line) - 1)
    if (cell > last) last = cell
  }
  close(path)
  if (got < 0) refuse(path)
}
function read_tasks(   path, line, got, word, words, edges, at, ranges, range, limits, task, to, step) {
  path = directory[part] "/tasks"
  while ((got = (getline line < path)) > 0) {
    words = split(line, word, " ")
    edges = ""
    for (at = 6; at <= words; at++) edges = edges " " word[at]
    ignored[word[4]] = (word[5] == "ignored")
    ranges = split(word[3], range, ",")
    for (at = 1; at <= ranges; at++) {
      step = 1
      if (split(range[at], limits, ":") > 1) step = limits[2] + 0
      to = split(limits[1], limits, "-")
      to = limits[to] + 0
      for (task = limits[1] + 0; task <= to; task += step) read_task(word[1] "." task, task + word[2], word[4], edges)
    }
  }
  close(path)
  if (got < 0) refuse(path)
}
function read_task(name, cell, job, edges,   path, line, got, word, attempts, exit_code, log_path) {
  if (!((cell, job) in waits)) jobs[cell] = jobs[cell] " " job
  waits[cell, job] = edges
  delete state[cell, job]
  if (!((part, name) in listed)) return
  path = receipts[part] "/" name
  attempts = 0
  while ((got = (getline line < path)) > 0) {
    split(line, word, " ")
    if (word[1] == "start") { attempts += 1; exit_code = "" }
    else if (word[1] == "exit" && word[3] ~ /^[0-9]+$/) exit_code = word[3] + 0
    else if (word[1] == "log" && match(line, /^log [0-9]+ /)) log_path = substr(line, RLENGTH + 1)
  }
  close(path)
  if (got < 0) refuse(path)
  if (attempts == 0) return
  state[cell, job] = exit_code == "" ? "unknown" : exit_code == 0 ? "completed" : "failed"
  result[cell, job] = "\\"exit\\":" (exit_code == "" ? "null" : exit_code) ",\\"attempts\\":" attempts \\
    ",\\"exports\\":{" ((part, name ".exports") in listed ? read_exports(path ".exports") : "") "}" \\
    ",\\"metrics\\":" ((part, name ".metrics") in listed ? quote(path ".metrics") : "null") \\
    ",\\"log\\":" (log_path == "" ? "null" : quote(log_path))
}
function read_exports(path,   line, at, key, value, order, keys, text) {
  keys = 0
  while ((getline line < path) > 0) {
    if (line !~ /^[A-Za-z_][A-Za-z0-9_]*=/) continue
    at = index(line, "=")
    key = substr(line, 1, at - 1)
    if (!(key in value)) order[++keys] = key
    value[key] = substr(line, at + 1)
  }
  close(path)
  text = ""
  for (at = 1; at <= keys; at++) text = text (at > 1 ? "," : "") quote(order[at]) ":" quote(value[order[at]])
  return text
}
function possible(job,   edge, edges, at, parent, how) {
  edges = split(waits[cell, job], edge, " ")
  for (at = 1; at <= edges; at++) {
    parent = edge[at]
    sub(/^[^:]*:/, "", parent)
    how = state[cell, parent]
    if (edge[at] ~ /^afterok:/ && how != "completed") return 0
    if (edge[at] ~ /^afternotok:/ && how == "completed") return 0
  }
  return 1
}
function print_cell(   job, count, at, how, has, ran, text) {
  count = split(jobs[cell], job, " ")
  for (at = 1; at <= count; at++) {
    how = state[cell, job[at]]
    if (how == "") {
      how = state[cell, job[at]] = possible(job[at]) ? "cancelled" : "skipped"
      result[cell, job[at]] = "\\"exit\\":null,\\"attempts\\":0,\\"exports\\":{},\\"metrics\\":null,\\"log\\":null"
    }
    text = text (at > 1 ? "," : "") "\\"" job[at] "\\":{\\"state\\":\\"" how "\\"," result[cell, job[at]] "}"
    if (ignored[job[at]] && (how == "failed" || how == "unknown")) how = "completed"
    has[how] = 1
  }
  ran = ("completed" in has) || ("failed" in has) || ("unknown" in has)
  how = count == 0 ? "skipped" : "completed"
  if ("unknown" in has) how = "unknown"
  if (("cancelled" in has) || (count > 0 && !ran)) how = "cancelled"
  if ("failed" in has) how = "failed"
  print head[cell] ",\\"state\\":\\"" how "\\",\\"jobs\\":{" text "}}"
}
function quote(text,   at, size, byte, number, more, out) {
  if (text !~ /[^ !#-[\\]-~]/) return "\\"" text "\\""
  size = length(text)
  out = ""
  for (at = 1; at <= size; at++) {
    byte = substr(text, at, 1)
    number = code[byte] + 0
    if (number < 32) out = out control[number]
    else if (byte == "\\"" || byte == "\\\\") out = out "\\\\" byte
    else if (number < 128) out = out byte
    else if ((more = follow(text, at, number)) > 0) { out = out substr(text, at, more + 1); at += more }
    else out = out "\\\\ufffd"
  }
  return "\\"" out "\\""
}
function follow(text, at, number,   more, k, next_byte, low, high) {
  more = number >= 194 && number < 224 ? 1 : number >= 224 && number < 240 ? 2 : number >= 240 && number < 245 ? 3 : 0
  low = number == 224 ? 160 : number == 240 ? 144 : 128
  high = number == 237 ? 159 : number == 244 ? 143 : 191
  for (k = 1; k <= more; k++) {
    next_byte = code[substr(text, at + k, 1)] + 0
    if (next_byte < low || next_byte > high) return 0
    low = 128
    high = 191
  }
  return more
}
`;
