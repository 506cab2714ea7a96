import { quoteWord } from '../quote.ts';

/** A value that another job wrote when it ran, and that this one sees as a variable. */
export interface RuntimeDep {
  readonly parent: string;
  readonly key: string;
  readonly variable: string;
}

/** Where a job has written its values: in its run under its token, or, if that was an earlier run, in a copy of its own. */
export type ValuesPlace =
  | {
      readonly token: string;
      /** The task with the same index of that array. */
      readonly perTask?: boolean;
      /** What has to be added to the index for that of the other task. */
      readonly shift?: number;
    }
  | { readonly file: string };

export interface ExportsShellOptions {
  /** What the job reads. */
  readonly reads: readonly (RuntimeDep & ValuesPlace)[];
  /** Jobs that it depends on: whatever they wrote is in `SRUNX_DEPS`. */
  readonly parents: readonly ({ readonly name: string } & ValuesPlace)[];
  /** Absolute plan directory on the cluster. */
  readonly directory: string;
}

/** How a job ends that lacks a value of another one: EX_CONFIG of sysexits. */
const lacking = 78;

/** A file of another node may be seen after a minute only, where the file system is on the network. */
const patience = 60;

/**
 * Values that jobs write while they run, one `KEY=value` a line, into the file `$SRUNX_EXPORTS`.
 *
 * - `before` stands before the start of the payload: it reads what the job needs of others, and ends it where that is not there.
 * - `after` stands behind the end of the payload: a file of JSON becomes lines, where the node has a tool that reads it.
 *
 * The files are read, never run; a value is one line.
 */
export function renderExports({ reads, parents, directory }: ExportsShellOptions): {
  readonly before: string;
  readonly after: string;
} {
  const fileOf = (place: ValuesPlace) => {
    if ('file' in place) return quoteWord(place.file);
    const receipt = quoteWord(`${directory}/receipts/${place.token}`);
    if (place.perTask !== true) return `${receipt}.exports`;
    const { shift = 0 } = place;
    return `${receipt}${shift === 0 ? '".$SLURM_ARRAY_TASK_ID"' : `".$((SLURM_ARRAY_TASK_ID + ${shift}))"`}.exports`;
  };
  const all = parents.map((parent) => `gather ${quoteWord(parent.name)} ${fileOf(parent)}`);
  const own = reads.map(
    (read) => `need ${quoteWord(read.parent)} ${fileOf(read)} ${quoteWord(read.key)} ${read.variable}`,
  );
  return {
    before: [
      'export SRUNX_EXPORTS="$srunx_receipt.exports"',
      '[ ! -e "$SRUNX_EXPORTS" ] || rm -f "$SRUNX_EXPORTS"',
      ...(reads.length === 0 ? [] : [needing, ...own]),
      ...(parents.length === 0 ? [] : [gathering, ...all, 'export SRUNX_DEPS']),
    ].join('\n'),
    after: converting,
  };
}

// The directory is listed to make a network file system look again.
const needing = `need() {
  srunx_left=${patience}
  while :; do
    if [ -f "$2" ]; then
      srunx_found=
      while IFS= read -r srunx_line || [ -n "$srunx_line" ]; do
        case $srunx_line in "$3="*) srunx_value=\${srunx_line#*=} srunx_found=1 ;; esac
      done <"$2"
      [ -z "$srunx_found" ] || break
    fi
    if [ "$srunx_left" -le 0 ] || { [ -f "$2" ] && [ "$srunx_left" -lt ${patience - 5} ]; }; then
      echo "srunx: $1 has exported no $3, which this job needs" >&2
      note start "$SLURM_JOB_ID"
      leave ${lacking}
    fi
    sleep 1
    srunx_left=$((srunx_left - 1))
    ls "\${2%/*}" >/dev/null 2>&1
  done
  export "$4=$srunx_value"
}`;

const gathering = `SRUNX_DEPS=
gather() {
  [ -f "$2" ] || return 0
  while IFS= read -r srunx_line || [ -n "$srunx_line" ]; do
    case $srunx_line in [A-Za-z_]*=*) SRUNX_DEPS="$SRUNX_DEPS$1.$srunx_line
" ;; esac
  done <"$2"
}`;

const converting = `convert() {
  IFS= read -r srunx_line <"$SRUNX_EXPORTS" || [ -n "$srunx_line" ] || return 0
  case $srunx_line in '{'*) ;; *) return 0 ;; esac
  if jq -r 'to_entries[] | "\\(.key)=\\(.value | if type == "string" then . else tojson end | gsub("\\n"; " "))"' "$SRUNX_EXPORTS" >"$SRUNX_EXPORTS.new" 2>/dev/null ||
    python3 -c 'import json, sys
for key, value in json.load(open(sys.argv[1])).items():
    print(key, (value if isinstance(value, str) else json.dumps(value)).replace("\\n", " "), sep="=")' "$SRUNX_EXPORTS" >"$SRUNX_EXPORTS.new" 2>/dev/null; then
    mv "$SRUNX_EXPORTS.new" "$SRUNX_EXPORTS"
  else
    rm -f "$SRUNX_EXPORTS.new"
    echo "srunx: $SRUNX_EXPORTS is no JSON object that this node can read: write lines KEY=value, or have jq or python3" >&2
  fi
}
[ ! -s "$SRUNX_EXPORTS" ] || convert`;
