/** What Slurm writes into a job's log when it ends an attempt so that the job may run again. It looks like an error, and is none. */
export interface RequeueNotice {
  readonly cause: 'requeue' | 'preemption' | 'node_failure';
  /** As Slurm writes it: local time of the node, without a zone. */
  readonly at: string;
  readonly node: string | undefined;
}

export interface FoundNotice {
  readonly notice: RequeueNotice;
  /** Where in the line it begins: a program may have left its own line unfinished. */
  readonly index: number;
}

/** Of a node that runs several daemons, the name stands behind the program. The last is the embedded runner's. */
const pattern =
  /(?:slurmstepd(?:-[^\s:]+)?|srunx): error: \*{3} (?:JOB|STEP) \S+ (?:ON (\S+) )?CANCELLED AT (\S+) DUE TO (JOB REQUEUE|NODE FAILURE|PREEMPTION)\b[^*]*\*{3}/;

const causes: Readonly<Record<string, RequeueNotice['cause']>> = {
  'JOB REQUEUE': 'requeue',
  'NODE FAILURE': 'node_failure',
  PREEMPTION: 'preemption',
};

/** `undefined` for any other line, also where a person has cancelled the job or its time was over. */
export function findRequeueNotice(line: string): FoundNotice | undefined {
  const match = pattern.exec(line);
  const cause = causes[match?.[3] ?? ''];
  if (match === null || cause === undefined) return undefined;
  return { index: match.index, notice: { cause, node: match[1], at: match[2] ?? '' } };
}

/** In the words of srunx's own lines in a log. Only of a requeue it is certain that another attempt follows. */
export function formatRequeueNotice({ cause, at, node }: RequeueNotice): string {
  switch (cause) {
    case 'requeue':
      return `srunx: requeued by Slurm at ${at}; the next attempt follows`;
    case 'preemption':
      return `srunx: preempted by Slurm at ${at}; if the job is requeued, the next attempt follows`;
    case 'node_failure':
      return `srunx: node ${node ?? ''} failed at ${at}; if the job is requeued, the next attempt follows`;
  }
}
