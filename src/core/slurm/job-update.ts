import { UsageError } from '../errors.ts';
import { validateSbatchOption } from '../job/validate-sbatch-option.ts';
import { parseTimeLimitInput } from './duration.ts';
import type { JobObservation } from './job-observation.ts';
import type { SqueueExtra } from './squeue-extras.ts';

/** One change of a job, as scontrol takes it. */
export interface JobUpdate {
  /** As the user named it: `time`. */
  readonly option: string;
  /** `TimeLimit=90`; it may depend on the job as it is. */
  readonly word: (row: JobObservation | undefined) => string;
  readonly dependsOnRow?: true;
  /** What squeue must be asked for to see it. */
  readonly field?: SqueueExtra | undefined;
  /** Whether a row shows the change; absent where no row can. */
  readonly isIn?: ((row: JobObservation) => boolean) | undefined;
}

interface UpdateKind {
  readonly key: string;
  /** The option of sbatch that takes the same values. */
  readonly like?: string;
  readonly field?: SqueueExtra;
  readonly isIn?: (row: JobObservation, value: string) => boolean;
}

/** By option; scontrol's own names are others in half of the cases. */
const kinds = {
  time: { key: 'TimeLimit', like: 'time', isIn: hasLimit },
  partition: { key: 'Partition', like: 'partition', isIn: (row, value) => row.partition === value },
  qos: { key: 'QOS', like: 'qos', field: 'QOS', isIn: ({ extra }, value) => extra?.QOS === value },
  account: { key: 'Account', like: 'account', field: 'Account', isIn: ({ extra }, value) => extra?.Account === value },
  // Where priorities have factors, Slurm may compute another one at once.
  priority: { key: 'Priority' },
  nice: { key: 'Nice', like: 'nice', field: 'Nice', isIn: ({ extra }, value) => Number(extra?.Nice) === Number(value) },
  name: { key: 'JobName', like: 'job-name', isIn: (row, value) => row.name === value },
  comment: { key: 'Comment', like: 'comment', isIn: ({ comment = '' }, value) => comment.startsWith(value) },
  dependency: { key: 'Dependency', like: 'dependency' },
  begin: { key: 'StartTime', like: 'begin' },
  deadline: { key: 'Deadline', like: 'deadline' },
  nodes: { key: 'NumNodes', like: 'nodes' },
  nodelist: { key: 'ReqNodeList', like: 'nodelist' },
  exclude: { key: 'ExcNodeList', like: 'exclude' },
  constraint: { key: 'Features', like: 'constraint' },
  mem: { key: 'MinMemoryNode', like: 'mem' },
  reservation: { key: 'ReservationName', like: 'reservation' },
  throttle: { key: 'ArrayTaskThrottle' },
} as const satisfies Record<string, UpdateKind>;

export type UpdateOption = keyof typeof kinds;

export const updateOptions = Object.keys(kinds) as readonly UpdateOption[];

/** The changes, each checked as sbatch would check it. Throws a UsageError for a value that cannot be one. */
export function planUpdates(values: ReadonlyMap<UpdateOption, string>): readonly JobUpdate[] {
  return [...values].map(([option, value]) => {
    const { key, like, field, isIn }: UpdateKind = kinds[option];
    const [, sign, amount = ''] = (option === 'time' && value !== '-1' && /^([+-])(.+)$/s.exec(value)) || [];
    if (sign !== undefined) {
      // Relative to the limit that the job has.
      parseTimeLimitInput(amount);
      return { option, word: () => `${key}${sign}=${amount}` };
    }
    if (like === undefined) requireWhole(option, value);
    else validateSbatchOption({ name: like, value });
    return {
      option,
      word: (row) => `${key}=${value}${option === 'comment' ? tokenOf(row) : ''}`,
      ...(option === 'comment' ? { dependsOnRow: true } : {}),
      field,
      isIn: isIn === undefined ? undefined : (row) => isIn(row, value),
    };
  });
}

/** srunx knows its own submissions by what stands behind the user's comment. */
function tokenOf(row: JobObservation | undefined): string {
  const token = /srunx:[\w.-]+\s*$/.exec(row?.comment ?? '')?.[0];
  return token === undefined ? '' : ` ${token}`;
}

function requireWhole(option: string, value: string): void {
  if (/^\d{1,10}$/.test(value)) return;
  throw new UsageError(`\`${value}\` is no value for --${option}`, {
    code: 'usage.option_value',
    hint: 'Write a whole number.',
  });
}

function hasLimit({ timeLimitSeconds }: JobObservation, value: string): boolean {
  const minutes = parseTimeLimitInput(value);
  // A partition's greatest limit may stand in for "unlimited".
  return minutes === 'unlimited' || timeLimitSeconds === minutes * 60;
}
