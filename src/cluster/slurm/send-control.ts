import { type ControlComplaint, parseControlComplaints } from '../../core/slurm/control-complaints.ts';
import { chunksOf } from './chunks-of.ts';
import { type SlurmClient, slurmError } from './slurm-client.ts';

export interface ControlCall {
  readonly jobIds: readonly string[];
  /** The words of scontrol for a list of ids. */
  readonly words: (list: string) => readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * One `scontrol` for all ids, or one for every 500. Unlike scancel it goes on after a complaint and says which job it is about;
 * whatever keeps it from answering at all is thrown.
 */
export async function sendControl(client: SlurmClient, call: ControlCall): Promise<readonly ControlComplaint[]> {
  const complaints: ControlComplaint[] = [];
  for (const jobIds of chunksOf([...new Set(call.jobIds)])) {
    // squeue prints a throttle behind a set of tasks, which is no part of an id for scontrol.
    const list = jobIds.map((jobId) => jobId.replace(/%\d+\]/, ']')).join(',');
    const argv = ['scontrol', ...call.words(list)] as const;
    const reply = await client.attempt([...argv], call.signal);
    const found = parseControlComplaints(reply.stderr);
    if (reply.exitCode !== 0 && found.length === 0) throw slurmError({ argv: [...argv], reply, target: client.target });
    complaints.push(...found);
  }
  return complaints;
}
