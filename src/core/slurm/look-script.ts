import { quoteWords } from '../quote.ts';
import { answerFunction } from '../remote/pack.ts';

type Argv = readonly [string, ...string[]];

/** What a look at the queue shows of the jobs that are meant. */
export type LookBranch =
  /** Each of them waits, runs or is suspended, or is an array of which a task does. */
  | 'alive'
  /** Each of them is there, but not all of them are alive. */
  | 'over'
  /** One of them, or more, is not there. */
  | 'absent'
  /** There was no answer. */
  | 'silent';

export interface LookScript {
  /** Random: nothing that a command writes has it. */
  readonly mark: string;
  /** The look: a `squeue` whose first three fields are the id, the raw id and the state, each with the mark of a field behind it. */
  readonly look: Argv;
  readonly fieldMark: string;
  /** As `isPlainId` has them. */
  readonly jobIds: readonly string[];
  /** What is run behind the look, one after another; `again` is the same look. */
  readonly next: Readonly<Partial<Record<LookBranch, readonly (Argv | 'again')[]>>>;
}

/** A job, an array, a task or a component; of sets of tasks the script knows nothing. */
export function isPlainId(jobId: string): boolean {
  return /^[1-9]\d{0,9}(?:[_+](?:0|[1-9]\d{0,9}))?$/.test(jobId);
}

const exitCodes: Readonly<Record<LookBranch, number>> = { alive: 0, over: 10, absent: 11, silent: 12 };

/**
 * A script that looks at the queue, and goes on by what it sees: to another machine, each of both is a round trip. It only chooses what comes
 * next, and chooses `alive` where that is beyond doubt; what the look means is for its reader to say. Of the queue, which may have many
 * thousands of rows, it passes on those of the jobs that are meant. The answers are those of `renderPack`, first that of the look.
 */
export function renderLookScript({ mark, look, fieldMark, jobIds, next }: LookScript): string {
  const variables = ['-v', `mark=${mark}`, '-v', `ids=${jobIds.join(' ')}`];
  const asked: Argv[] = [look];
  const answer = (argv: Argv | 'again'): string =>
    argv === 'again' ? 'srunx_look || :' : `srunx_answer srunx_ask_${asked.push(argv) - 1} </dev/null`;
  const cases = Object.entries(next).map(([branch, commands]) =>
    [`${exitCodes[branch as LookBranch]})`, ...commands.map(answer), ';;'].join('\n'),
  );
  const functions = asked.map((argv, index) => `srunx_ask_${index}() {\nexec ${quoteWords(argv)}\n}`);
  const choose = quoteWords(['awk', '-F', fieldMark, ...variables, chooser]);
  const looking = `srunx_look() {\nsrunx_answer srunx_ask_0 </dev/null | ${choose}\n}`;
  return [answerFunction(mark), ...functions, looking, 'srunx_look', 'case $? in', ...cases, 'esac'].join('\n');
}

// Passes on the rows, and says by its exit code what comes next. A name may have several lines.
const chooser = `BEGIN { count = split(ids, id, " "); for (i = 1; i <= count; i++) wanted[id[i]] = 1 }
isOver { print; next }
$0 == "" { blank++; next }
index($0, mark " ") == 1 {
  isOver = 1
  answered = $0 == mark " 0"
  if (blank > 0 || !isShown) print ""
  print
  next
}
{ for (; blank > 0; blank--) if (isShown) print "" }
NF > 3 {
  isShown = 0
  base = $1
  sub(/[_+].*/, "", base)
  see($1)
  if (base != $1) see(base)
  if ($2 != base) see($2)
  at = index($1, "_[")
  if (at > 0) {
    tasks = substr($1, at + 2)
    for (i = 1; i <= count; i++) {
      under = index(id[i], "_")
      if (under == at && substr(id[i], 1, at - 1) == base && has(tasks, substr(id[i], at + 1) + 0)) see(id[i])
    }
  }
}
isShown { print }
END {
  if (!answered) exit ${exitCodes.silent}
  for (i = 1; i <= count; i++) {
    if (!(id[i] in seen)) exit ${exitCodes.absent}
    if (!(id[i] in alive)) over = 1
  }
  exit (over ? ${exitCodes.over} : ${exitCodes.alive})
}
function see(name) {
  if (!(name in wanted)) return
  isShown = 1
  seen[name] = 1
  if ($3 ~ /^(PENDING|RUNNING|SUSPENDED)$/) alive[name] = 1
}
function has(tasks, task,    part, parts, k, range, ends, step, first, last) {
  sub(/[]%].*/, "", tasks)
  parts = split(tasks, part, ",")
  for (k = 1; k <= parts; k++) {
    step = split(part[k], range, ":") > 1 ? range[2] + 0 : 1
    last = split(range[1], ends, "-") > 1 ? ends[2] + 0 : ends[1] + 0
    first = ends[1] + 0
    if (step > 0 && task >= first && task <= last && (task - first) % step == 0) return 1
  }
  return 0
}`;

export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In the order in which they were given. What stands behind the last one is the beginning of one that did not come to its end. */
export function parseAnswers(text: string, mark: string): readonly Answer[] {
  const answers: Answer[] = [];
  for (let from = 0; ; ) {
    const end = text.indexOf(`\n${mark} `, from);
    const stderrAt = text.indexOf('\n', end + 1) + 1;
    const stderrEnd = text.indexOf(`\n${mark}\n`, stderrAt - 1);
    if (end < 0 || stderrAt === 0 || stderrEnd < 0) return answers;
    const exitCode = Number(text.slice(end + mark.length + 2, stderrAt - 1));
    answers.push({ exitCode, stdout: text.slice(from, end), stderr: text.slice(stderrAt, stderrEnd).trim() });
    from = stderrEnd + mark.length + 2;
  }
}

/** For a script that cannot be one argument. */
export function fitsLook(jobIds: readonly string[]): boolean {
  return jobIds.length > 0 && jobIds.length <= 500 && jobIds.every(isPlainId);
}
