import { quoteWord } from '../quote.ts';

/** What a job can do on a node. `null`: could not be found out. */
export interface NodeAbilities {
  /** The node sees the run directory at the same path as the machine that submits, and may write there. */
  readonly sharedDirectory: boolean | null;
  /** `scontrol` is there and the controller answers it. */
  readonly scontrol: boolean | null;
  /** A job may submit jobs. */
  readonly sbatch: boolean | null;
  /** A signal sent with `scancel --batch` reaches the script. */
  readonly signals: boolean | null;
  /** A job may put itself back into the queue and start again soon: retries then need no process of ours. */
  readonly requeue: boolean | null;
}

export const nodeAbilities = ['sharedDirectory', 'scontrol', 'sbatch', 'signals', 'requeue'] as const;

export interface NodeTest {
  /** Epoch ms. */
  readonly testedAt: number;
  readonly jobId: string;
  readonly node: string | null;
  /** The run directory that was tested; absent in results of development versions. */
  readonly runRoot?: string;
  readonly abilities: NodeAbilities;
  /** What was said where something did not work, by ability. */
  readonly complaints: Readonly<Partial<Record<keyof NodeAbilities, string>>>;
}

export interface NodeTestScript {
  /** Absolute; made before the job is submitted, with a file `token` in it. */
  readonly directory: string;
  readonly token: string;
  /** How long the job waits for the signal. */
  readonly signalSeconds: number;
}

/**
 * The test job: POSIX sh. Every finding is one line of `report`: the ability, `yes` or `no`, and what was said. It goes the
 * way that a retry goes (see {@link NodeAbilities.requeue}): requeue itself while it ignores TERM, wait for two seconds, because
 * an update in the same second loses the job up to 25.05, then ask for a start in ten, because an earlier one is overwritten
 * by Slurm's own hold of two minutes.
 */
export function renderNodeTest({ directory, token, signalSeconds }: NodeTestScript): string {
  return `#!/bin/sh
# srunx doctor --job: finds out what jobs can do on this node.
cd ${quoteWord(directory)} || exit 0
# Nobody waits for the answer any more.
[ "$(cat token 2>/dev/null)" = ${quoteWord(token)} ] || exit 0
say() {
  printf '%s %s %s\\n' "$1" "$2" "$(printf '%s' "$3" | tr '\\n' ' ' | head -c 300)" >>report
}
if [ -e requeued ]; then
  say requeue yes "started again"
  exit 0
fi
say sharedDirectory yes "\${SLURMD_NODENAME:-$(hostname)}"
if said=$(scontrol show job "$SLURM_JOB_ID" 2>&1 >/dev/null); then say scontrol yes; else say scontrol no "$said"; fi
if said=$(sbatch --test-only -t 1 --wrap true 2>&1); then say sbatch yes; else say sbatch no "$said"; fi
got=
trap 'got=yes' USR1
say ready yes
left=${signalSeconds}
while [ -z "$got" ] && [ "$left" -gt 0 ] && [ -e token ]; do
  sleep 1 &
  wait $!
  left=$((left - 1))
done
if [ -n "$got" ]; then say signals yes; else say signals no "nothing came within ${signalSeconds} s"; fi
trap '' TERM
: >requeued
if said=$(scontrol requeue "$SLURM_JOB_ID" 2>&1); then
  sleep 2
  scontrol update JobId="$SLURM_JOB_ID" StartTime=now+10 >/dev/null 2>&1
  sleep 60
else
  say requeue no "$said"
fi
`;
}

/** What the job has found out so far. `ready`: it waits for the signal. */
export interface NodeTestReport {
  readonly ready: boolean;
  readonly node: string | null;
  readonly abilities: NodeAbilities;
  readonly complaints: NodeTest['complaints'];
}

export function parseNodeTestReport(text: string): NodeTestReport {
  const found = new Map<string, { readonly works: boolean; readonly said: string }>();
  // A line without its end is still being written.
  for (const [, name = '', word, said = ''] of text.matchAll(/^(\w+) (yes|no) ?(.*)\n/gm)) {
    // A shell's own complaint begins with its script and line.
    found.set(name, { works: word === 'yes', said: said.replace(/^\S+slurm_script: (?:line )?\d+: /, '').trim() });
  }
  const entries = nodeAbilities.map((name) => [name, found.get(name)?.works ?? null] as const);
  const complaints = nodeAbilities.flatMap((name) => {
    const { works = true, said = '' } = found.get(name) ?? {};
    return works ? [] : [[name, said] as const];
  });
  return {
    ready: found.has('ready'),
    node: found.get('sharedDirectory')?.said || null,
    abilities: Object.fromEntries(entries) as unknown as NodeAbilities,
    complaints: Object.fromEntries(complaints),
  };
}
