import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Marks } from '../../src/core/slurm/marked-text.ts';

/** The releases whose output was recorded, oldest first. Their names compare as text. */
export const releases = ['22.05', '23.11', '24.05', '24.11', '25.05', '25.11', '26.05'] as const;
export type Release = (typeof releases)[number];

const folder = join(import.meta.dirname, '..', 'fixtures', 'slurm');

/** Standard output as the Slurm client decodes it: bytes that are not UTF-8 become U+FFFD. */
export function readFixture(release: Release, name: string): string {
  return new TextDecoder().decode(readFileSync(join(folder, release, name)));
}

export function hasFixture(release: Release, name: string): boolean {
  return existsSync(join(folder, release, name));
}

/** Job id by key. */
export function readJobIds(release: Release): ReadonlyMap<string, string> {
  return new Map(readTable(release, 'jobs.tsv').map(([key = '', id = '']) => [key, id]));
}

export interface RecordedFailure {
  readonly name: string;
  readonly command: string;
  readonly exitCode: number;
  readonly stderr: string;
}

/** Every command that left words on standard error, as far as it is recorded. */
export function readFailures(release: Release): RecordedFailure[] {
  return readTable(release, 'commands.tsv').flatMap(([name = '', exit, , , , , line = '']) => {
    const file = `${name}.err.txt`;
    if (!hasFixture(release, file)) return [];
    const command = /\b(sacct|sacctmgr|sbatch|scancel|scontrol|sinfo|squeue)\b/.exec(line)?.[1] ?? '';
    return [{ name, command, exitCode: Number(exit), stderr: readFixture(release, file) }];
  });
}

function readTable(release: Release, name: string): string[][] {
  const [, ...lines] = readFixture(release, name).trimEnd().split('\n');
  return lines.map((line) => line.split('\t'));
}

/** The marks of the recordings: guessable on purpose, but for those of `recipe-squeue-marker`. */
export const controlMarks: Marks = { field: '\x1f', record: '\x1e' };
export const randomMarks: Marks = { field: '@f7Qz1kX9@', record: '@r7Qz1kX9@' };

/** What the recorded `squeue` was asked for. */
export const recordedFields: readonly string[] = [
  ...['JobArrayID', 'JobID', 'ArrayJobID', 'ArrayTaskID', 'HetJobID', 'HetJobOffset', 'State', 'Reason'],
  ...['SubmitTime', 'StartTime', 'EndTime', 'TimeUsed', 'TimeLimit', 'NumNodes', 'NumCPUs', 'Partition'],
  ...['UserName', 'NodeList', 'tres-alloc', 'exit_code', 'RestartCnt', 'STDOUT', 'WorkDir', 'Name'],
];
