import type { ControlResult } from '../app/control-jobs.ts';
import type { ControlledSweep } from '../app/pause-sweep.ts';
import { countOf } from '../core/count-of.ts';
import { exitCodes, RefusedError } from '../core/errors.ts';
import type { Output } from './output.ts';
import { printable } from './table.ts';

export interface SweepControlWords {
  /** `held` */
  readonly past: string;
  /** Where there is nothing that it could be done to. */
  readonly nothing: string;
}

/** How many tasks it was done to, what goes on all the same, and what Slurm did not do. */
export function reportSweepControl(
  { run, tasks, others, otherIds, results }: ControlledSweep,
  { past, nothing }: SweepControlWords,
  out: Output,
): number {
  const running = run.jobs.filter(({ state }) => state === 'running').length;
  const failures = results.filter(({ outcome }) => outcome === 'failed' || outcome === 'denied');
  const facts = { sweep_id: run.id, tasks: tasks.length, running, let_alone: others.length };
  const goesOn = running === 0 ? '' : `; ${countOf(running, 'task')} running`;
  const text = tasks.length === 0 || failures.length > 0 ? '' : `${countOf(tasks.length, 'task')} ${past}${goesOn}`;
  out.result({ ...facts, failures: failures.map(failureJson) }, text);
  if (others.length > 0) {
    const them = others.length === 1 ? 'it' : 'them';
    out.note(
      `srunx: ${countOf(others.length, 'task')} held otherwise, and let alone; \`srunx release ${otherIds.join(' ')}\` lets ${them} start`,
    );
  }
  if (tasks.length === 0) {
    const why = run.jobs.every(({ final }) => final) ? 'it has ended' : nothing;
    out.note(`srunx: nothing to do for sweep ${run.id}: ${why}`);
  }
  return judgeControl(failures, out);
}

function failureJson({ jobId, outcome, message }: ControlResult): Record<string, unknown> {
  return { job_id: jobId, outcome, message: message ?? null };
}

/** Throws where Slurm permitted none of it. */
export function judgeControl(failures: readonly ControlResult[], out: Output): number {
  if (failures.length === 0) return exitCodes.success;
  const words = failures.map(({ jobId, message }) => `${jobId}: ${printable(message ?? 'failed')}`);
  if (failures.every(({ outcome }) => outcome === 'denied')) {
    throw new RefusedError('not permitted', {
      code: 'slurm.denied',
      detail: words.join('\n'),
      hint: 'Only the owner of a job or an administrator may do this.',
    });
  }
  for (const line of words) out.note(`srunx: ${line}`);
  return exitCodes.partial;
}
