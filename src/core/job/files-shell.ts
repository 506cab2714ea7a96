import { quoteWords } from '../quote.ts';

/** Files that a job needs and makes. */
export interface JobFiles {
  /** Paths or patterns, relative to the directory that the job works in. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What is in them counts, and not when they were written. */
  readonly hash: boolean;
  /** What they are relative to, where that is not the directory of the submission. */
  readonly directory?: string | undefined;
}

/** How a job ends without its inputs, and one that did not make its outputs: EX_NOINPUT and EX_CANTCREAT of sysexits. */
const withoutInput = 66;
const withoutOutput = 73;

/** A file of another node may be seen after a minute only, where the file system is on the network; listing its directory helps. */
const inputPatience = 60;
const outputPatience = 10;

/** Of each pattern so many files are written down; with more, the job counts as changed. */
const mostFiles = 10_000;

/**
 * The files of a job, on the node, written into its receipt: a line `input SIZE MTIME INODE HASH PATH` for each before it starts,
 * `output …` after it has succeeded. So what it has read and made is known as it was then, without a file more.
 *
 * - `before` stands before the start of the payload, and ends the job where an input is missing.
 * - `after` stands where the payload has succeeded, and makes the job fail where an output is missing.
 */
export function renderFiles({ inputs, outputs, hash }: Omit<JobFiles, 'directory'>): {
  readonly before: string;
  readonly after: string;
} {
  const record = (kind: string, patience: number, patterns: readonly string[]) =>
    `srunx_record ${quoteWords([kind, hash ? 'hash' : '', String(patience), ...patterns])}`;
  return {
    before: [
      recording,
      ...(inputs.length === 0
        ? []
        : [
            `if ! ${record('input', inputPatience, inputs)}; then
  note start "$SLURM_JOB_ID"
  leave ${withoutInput}
fi`,
          ]),
    ].join('\n'),
    after: outputs.length === 0 ? '' : `${record('output', outputPatience, outputs)} || srunx_code=${withoutOutput}`,
  };
}

// In a subshell, because without separators a pattern with spaces is one word, and still a pattern.
const recording = `srunx_any() { [ -e "$1" ]; }
srunx_list() {
  if [ -z "$srunx_hash" ]; then
    printf '%s\\0' "$@" | xargs -0 stat -L -c "$srunx_kind %s %Y %i - %n" --
    return
  fi
  for srunx_file; do
    srunx_sum=-
    [ ! -f "$srunx_file" ] || srunx_sum=$(sha256sum <"$srunx_file") || srunx_sum=-
    printf '%s %s %s %s\\n' "$srunx_kind" "$(stat -L -c '%s %Y %i' -- "$srunx_file")" "\${srunx_sum%% *}" "$srunx_file"
  done
}
srunx_record() (
  srunx_kind=$1 srunx_hash=$2 srunx_left=$3 srunx_missing=0
  shift 3
  IFS=
  for srunx_pattern; do
    until srunx_any $srunx_pattern; do
      if [ "$srunx_left" -le 0 ]; then
        echo "srunx: there is no $srunx_kind $srunx_pattern: the job counts as failed" >&2
        srunx_missing=1
        continue 2
      fi
      srunx_left=$((srunx_left - 1))
      sleep 1
      case $srunx_pattern in */*) ls -- \${srunx_pattern%/*}/ ;; *) ls ;; esac >/dev/null 2>&1
    done
    { srunx_list $srunx_pattern | head -n ${mostFiles} >>"$srunx_receipt"; } 2>/dev/null
  done
  exit "$srunx_missing"
)`;

/** A file as it was. */
export interface FileFacts {
  readonly size: number;
  /** Epoch seconds. */
  readonly mtime: number;
  readonly inode: string;
}

export interface RecordedFile extends FileFacts {
  /** As the pattern of the job has it: relative where that is. */
  readonly path: string;
  readonly sha256: string | undefined;
}

export interface RecordedFiles {
  readonly inputs: readonly RecordedFile[];
  readonly outputs: readonly RecordedFile[];
}

/** What a receipt says of the last attempt. */
export function parseRecordedFiles(text: string): RecordedFiles {
  let waiting: RecordedFile[] = [];
  let inputs: readonly RecordedFile[] = [];
  let outputs: RecordedFile[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, size, mtime, inode = '', sum = '', path = ''] = recordLine.exec(line) ?? [];
    const file = { size: Number(size), mtime: Number(mtime), inode, path, sha256: sum === '-' ? undefined : sum };
    if (kind === 'input') waiting.push(file);
    else if (kind === 'output') outputs.push(file);
    else if (line.startsWith('start ')) {
      inputs = waiting;
      waiting = [];
      outputs = [];
    }
  }
  return { inputs, outputs };
}

const recordLine = /^(input|output) (\d{1,16}) (-?\d{1,16}) (\d{1,20}) ([0-9a-f]{64}|-) (.+)$/;
