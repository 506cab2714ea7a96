import { parseKeyValues } from './key-values.ts';
import { expandNodeList } from './node-list.ts';
import { parseEpoch } from './timestamp.ts';

/** Nodes that are kept for somebody, or for maintenance, for a time. */
export interface Reservation {
  readonly name: string;
  /** `ACTIVE` or `INACTIVE`. */
  readonly state: string;
  /** Epoch seconds. */
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly nodes: readonly string[];
  readonly cpus: number | undefined;
  readonly partition: string | undefined;
  readonly flags: readonly string[];
  /** Who may use it. */
  readonly users: readonly string[];
  readonly accounts: readonly string[];
}

export const reservationArgs = ['show', 'reservation', '-o'] as const;

/** Reads the answer to {@link reservationArgs} under SLURM_TIME_FORMAT=%s. Without any, Slurm says so in a sentence. */
export function parseReservations(text: string): Reservation[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('ReservationName=')) return [];
    const values = parseKeyValues(line);
    const value = (key: string) => known(values.get(key));
    const cpus = Number(value('CoreCnt') ?? Number.NaN);
    return [
      {
        name: values.get('ReservationName') ?? '',
        state: values.get('State') ?? 'UNKNOWN',
        startTime: parseEpoch(values.get('StartTime') ?? ''),
        endTime: parseEpoch(values.get('EndTime') ?? ''),
        nodes: expandNodeList(value('Nodes') ?? ''),
        cpus: Number.isNaN(cpus) ? undefined : cpus,
        partition: value('PartitionName'),
        flags: listOf(value('Flags')),
        users: listOf(value('Users')),
        accounts: listOf(value('Accounts')),
      },
    ];
  });
}

function known(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text === '(null)' ? undefined : text;
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',');
}
