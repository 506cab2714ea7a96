import { describe, expect, it } from 'vitest';
import { randomMarks, readFixture, recordedFields, releases } from '../../../test/support/slurm-fixtures.ts';
import { explainReason } from './pending-reason.ts';
import { parseSqueue } from './squeue.ts';

describe('explainReason', () => {
  it.each([
    ['Resources', 'next in line'],
    ['JobHeldUser', 'held by its owner'],
    ['DependencyNeverSatisfied', 'never start'],
    ['QOSMaxJobsPerUserLimit', 'The limit of its quality of service on jobs (of one user) is reached.'],
    ['AssocGrpCpuLimit', 'The limit of its account on CPUs (all jobs together) is reached.'],
    ['AssocGrpCPUMinutesLimit', 'on CPU minutes (all jobs together)'],
    ['QOSGrpGRES', 'on GPUs (all jobs together)'],
    ['QOSMaxGRESPerUser', 'on GPUs (of one user)'],
    ['MaxMemPerAccount', 'on memory (of one account)'],
    ['QOSMinGRES', 'fewer GPUs'],
    ['AssocMaxWallDurationPerJobLimit', 'on time (of one job)'],
    ['QOSMaxSubmitJobPerUserLimit', 'on submitted jobs (of one user)'],
    ['ReqNodeNotAvail, UnavailableNodes:c[1-2]', 'down, drained or reserved'],
    ['RaisedSignal:9(Killed)', 'signal 9 (Killed)'],
    ['SomethingNew', 'Slurm says: SomethingNew.'],
    ['constructor', 'Slurm says: constructor.'],
  ])('puts %s into words', (reason, words) => {
    const found = explainReason(reason);
    expect(found).toHaveLength(1);
    expect(found[0]?.meaning).toContain(words);
  });

  it('explains each of the reasons that the tasks of an array have', () => {
    expect(explainReason('BeginTime,JobHeldAdmin').map(({ reason }) => reason)).toEqual(['BeginTime', 'JobHeldAdmin']);
  });

  it.each(releases)('has words for every reason that a job of %s waited for', (release) => {
    const text = readFixture(release, 'recipe-squeue-marker.txt');
    const jobs = parseSqueue(text, { marks: randomMarks, fields: recordedFields });
    const waiting = jobs.flatMap(({ state, reason }) => (state.terminal ? [] : (reason ?? [])));
    expect(waiting.length).toBeGreaterThan(10);
    const isUnknown = (reason: string) => explainReason(reason).some(({ meaning }) => meaning.startsWith('Slurm says'));
    const unknown = waiting.filter(isUnknown);
    expect(unknown).toEqual([]);
  });
});
