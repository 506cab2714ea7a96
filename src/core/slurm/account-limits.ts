import { parseTimeLimitOutput } from './duration.ts';

/** A limit on many things at once, as Slurm writes it: `cpu=64,gres/gpu=8`. */
export type TresLimits = Readonly<Record<string, string>>;

interface CommonLimits {
  readonly maxWallSeconds: number | null;
  /** Of one job. */
  readonly maxTres: TresLimits;
  /** Of all jobs together. */
  readonly groupTres: TresLimits;
  readonly groupJobs: number | null;
  readonly groupSubmit: number | null;
}

/** What a user may submit under one account. `null` is no limit of its own: the QOS's may still hold. */
export interface Association extends CommonLimits {
  readonly account: string;
  readonly isDefault: boolean;
  /** `null`: all partitions. */
  readonly partition: string | null;
  readonly qos: readonly string[];
  readonly defaultQos: string | null;
  readonly maxJobs: number | null;
  readonly maxSubmit: number | null;
}

export interface QosLimits extends CommonLimits {
  readonly name: string;
  readonly priority: number;
  readonly maxTresPerUser: TresLimits;
  readonly maxJobsPerUser: number | null;
  readonly maxSubmitPerUser: number | null;
}

export interface AccountLimits {
  readonly associations: readonly Association[];
  readonly qos: readonly QosLimits[];
}

const associationFields = [
  ...(['DefaultAccount', 'Account', 'Partition', 'QOS', 'DefaultQOS', 'MaxJobs', 'MaxSubmit', 'MaxWall'] as const),
  ...(['MaxTRES', 'GrpTRES', 'GrpJobs', 'GrpSubmit'] as const),
];
const qosFields = [
  ...(['Name', 'Priority', 'MaxWall', 'MaxTRES', 'MaxTRESPU', 'MaxJobsPU', 'MaxSubmitPU'] as const),
  ...(['GrpTRES', 'GrpJobs', 'GrpSubmit'] as const),
];

/** Without the cluster's name sacctmgr would list the associations of all clusters of the database. */
export function associationArgs({ user, cluster }: { readonly user: string; readonly cluster: string }): string[] {
  const filter = [`name=${user}`, `cluster=${cluster}`];
  return ['-nP', 'show', 'user', 'withassoc', 'where', ...filter, `format=${associationFields.join(',')}`];
}

/** The same of whoever asks, on the cluster that is asked: the program and its arguments. To find out who that is takes an answer more. */
export function ownAssociationWords(): [string, ...string[]] {
  const name = `$(scontrol show config | sed -n 's/^ClusterName *= *//p')`;
  const script = `exec sacctmgr "$@" where "name=$(id -un)" "cluster=${name}"`;
  return ['sh', '-c', script, 'sh', '-nP', 'show', 'user', 'withassoc', `format=${associationFields.join(',')}`];
}

export function qosArgs(): string[] {
  return ['-nP', 'show', 'qos', `format=${qosFields.join(',')}`];
}

/** Reads the answer to {@link associationArgs}. */
export function parseAssociations(text: string): Association[] {
  return rowsOf(text, associationFields).map((value) => ({
    account: value('Account'),
    isDefault: value('Account') === value('DefaultAccount'),
    partition: value('Partition') || null,
    qos: value('QOS') === '' ? [] : value('QOS').split(','),
    defaultQos: value('DefaultQOS') || null,
    maxJobs: countOf(value('MaxJobs')),
    maxSubmit: countOf(value('MaxSubmit')),
    ...commonOf(value),
  }));
}

/** Reads the answer to {@link qosArgs}. */
export function parseQosLimits(text: string): QosLimits[] {
  return rowsOf(text, qosFields).map((value) => ({
    name: value('Name'),
    priority: countOf(value('Priority')) ?? 0,
    maxTresPerUser: tresOf(value('MaxTRESPU')),
    maxJobsPerUser: countOf(value('MaxJobsPU')),
    maxSubmitPerUser: countOf(value('MaxSubmitPU')),
    ...commonOf(value),
  }));
}

function commonOf(value: (name: 'MaxWall' | 'MaxTRES' | 'GrpTRES' | 'GrpJobs' | 'GrpSubmit') => string): CommonLimits {
  return {
    maxWallSeconds: parseTimeLimitOutput(value('MaxWall')) ?? null,
    maxTres: tresOf(value('MaxTRES')),
    groupTres: tresOf(value('GrpTRES')),
    groupJobs: countOf(value('GrpJobs')),
    groupSubmit: countOf(value('GrpSubmit')),
  };
}

/** Lines of `a|b|c`; what has another number of fields is none of ours. */
function rowsOf<Name extends string>(text: string, fields: readonly Name[]): ((name: Name) => string)[] {
  return text.split('\n').flatMap((line) => {
    const values = line.split('|');
    return values.length === fields.length ? [(name: Name) => values[fields.indexOf(name)] ?? ''] : [];
  });
}

function countOf(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function tresOf(text: string): TresLimits {
  return Object.fromEntries(
    text.split(',').flatMap((part) => {
      const at = part.lastIndexOf('=');
      return at < 1 ? [] : [[part.slice(0, at), part.slice(at + 1)]];
    }),
  );
}
