import { describe, expect, it } from 'vitest';
import { type Bench, waitForFile } from './bench.ts';

export function describeDependencies(bench: () => Bench): void {
  describe('dependencies', () => {
    it('let run what the ends of the parents allow, and cancel the rest', async () => {
      const expected = {
        good: 'COMPLETED',
        bad: 'FAILED',
        afterok_good: 'COMPLETED',
        afternotok_good: 'CANCELLED',
        afterany_good: 'COMPLETED',
        after_good: 'COMPLETED',
        afterok_bad: 'CANCELLED',
        afternotok_bad: 'COMPLETED',
        afterany_bad: 'COMPLETED',
        after_bad: 'COMPLETED',
        both_must_be_good: 'CANCELLED',
        as_they_ended: 'COMPLETED',
        child_of_cancelled: 'CANCELLED',
        any_child_of_cancelled: 'COMPLETED',
        sorry_child_of_cancelled: 'COMPLETED',
      } as const;
      const types = ['afterok', 'afternotok', 'afterany', 'after'] as const;
      const drafts = [
        { name: 'good', script: 'exit 0' },
        { name: 'bad', script: 'exit 1' },
        ...(['good', 'bad'] as const).flatMap((parent) =>
          types.map((type) => ({ name: `${type}_${parent}`, script: 'exit 0', after: [[type, parent]] as const })),
        ),
        {
          name: 'both_must_be_good',
          script: 'exit 0',
          after: [
            ['afterok', 'good'],
            ['afterok', 'bad'],
          ],
        },
        {
          name: 'as_they_ended',
          script: 'exit 0',
          after: [
            ['afterok', 'good'],
            ['afternotok', 'bad'],
          ],
        },
        { name: 'child_of_cancelled', script: 'exit 0', after: [['afterok', 'afterok_bad']] },
        { name: 'any_child_of_cancelled', script: 'exit 0', after: [['afterany', 'afterok_bad']] },
        { name: 'sorry_child_of_cancelled', script: 'exit 0', after: [['afternotok', 'afterok_bad']] },
      ] as const;
      const ids = await bench().submit(drafts);
      expect(
        await bench().endsOf(Object.fromEntries(drafts.map(({ name }, index) => [name, ids[index] ?? '']))),
      ).toEqual(expected);
    });

    it('of type after wait for the start only', async () => {
      const gate = bench().path('gate');
      const [parent = '', child = '', late = ''] = await bench().submit([
        { name: 'parent', script: waitForFile(gate) },
        { name: 'child', script: 'exit 0', after: [['after', 'parent']] },
        { name: 'late', script: 'exit 0', after: [['afterany', 'parent']] },
      ]);
      expect(await bench().endsOf({ child })).toEqual({ child: 'COMPLETED' });
      expect((await bench().rows(parent))[0]?.state.status).toBe('RUNNING');
      expect((await bench().rows(late))[0]?.state.status).toBe('PENDING');
      await bench().write(gate);
      expect(await bench().endsOf({ parent, late })).toEqual({ parent: 'COMPLETED', late: 'COMPLETED' });
    });

    it('wait for jobs that exist already, arrays and their tasks too', async () => {
      const gate = bench().path('gate');
      const parent = await bench().submitOne({ script: waitForFile(gate) });
      const array = await bench().submitOne({
        options: ['--array=0-1'],
        script: `${waitForFile(gate)}; exit $SLURM_ARRAY_TASK_ID`,
      });
      const drafts = [
        ['afterok', parent, 'COMPLETED'],
        ['afterok', array, 'CANCELLED'],
        ['afternotok', array, 'COMPLETED'],
        ['afterany', array, 'COMPLETED'],
        ['afterok', `${array}_0`, 'COMPLETED'],
        ['afterok', `${array}_1`, 'CANCELLED'],
        ['afternotok', `${array}_1`, 'COMPLETED'],
      ] as const;
      const ids = await bench().submit(
        drafts.map(([type, jobId], index) => ({
          name: `child${index}`,
          script: 'exit 0',
          after: [[type, { jobId }]] as const,
        })),
      );
      await bench().write(gate);
      expect(await bench().endsOf(Object.fromEntries(ids.map((jobId, index) => [index, jobId])))).toEqual(
        Object.fromEntries(drafts.map(([, , end], index) => [index, end])),
      );
    });

    it('of type aftercorr bind each task to its like', async () => {
      const [first = '', second = '', third = ''] = await bench().submit([
        { name: 'first', options: ['--array=0-2'], script: '[ $SLURM_ARRAY_TASK_ID != 1 ]' },
        { name: 'second', options: ['--array=0-2'], script: 'exit 0', after: [['aftercorr', 'first']] },
        { name: 'third', options: ['--array=0-2'], script: 'exit 0', after: [['aftercorr', 'second']] },
      ]);
      const tasks = [first, second, third].flatMap((array) => [0, 1, 2].map((index) => `${array}_${index}`));
      const ends = await bench().endsOf(Object.fromEntries(tasks.map((task) => [task, task])));
      expect(tasks.map((task) => ends[task])).toEqual([
        ...['COMPLETED', 'FAILED', 'COMPLETED'],
        ...['COMPLETED', 'CANCELLED', 'COMPLETED'],
        ...['COMPLETED', 'CANCELLED', 'COMPLETED'],
      ]);
    });

    /** Lines of a script that note down that a task has begun, and how it ends. */
    const noting = (path: string) =>
      `echo "$SLURM_JOB_NAME $SLURM_ARRAY_TASK_ID" >>'${path}'; [ "$SLURM_JOB_NAME $SLURM_ARRAY_TASK_ID" != 'first 1' ]`;

    const endsOfTasks = async (arrays: readonly string[], count: number) => {
      const tasks = arrays.flatMap((array) => Array.from({ length: count }, (_, index) => `${array}_${index}`));
      const ends = await bench().endsOf(Object.fromEntries(tasks.map((task) => [task, task])));
      return arrays.map((array) => Array.from({ length: count }, (_, index) => ends[`${array}_${index}`]));
    };

    const allBut = (indices: readonly number[], end: string, others = 'COMPLETED') =>
      Array.from({ length: 6 }, (_, index) => (indices.includes(index) ? end : others));

    it('of type aftercorr through three arrays, of each of which two tasks run at once', async () => {
      const trace = bench().path('trace');
      const options = ['--array=0-5%2'];
      const script = `echo "+ $SLURM_JOB_NAME" >>'${trace}'
sleep 0.2
echo "- $SLURM_JOB_NAME" >>'${trace}'
[ "$SLURM_JOB_NAME $SLURM_ARRAY_TASK_ID" != 'first 1' ]`;
      const arrays = await bench().submit([
        { name: 'first', options, script },
        { name: 'second', options, script, after: [['aftercorr', 'first']] },
        { name: 'third', options, script, after: [['aftercorr', 'second']] },
      ]);
      expect(await endsOfTasks(arrays, 6)).toEqual([
        allBut([1], 'FAILED'),
        allBut([1], 'CANCELLED'),
        allBut([1], 'CANCELLED'),
      ]);
      const lines = ((await bench().read(trace)) ?? '').trim().split('\n');
      for (const [name, starts] of [
        ['first', 6],
        ['second', 5],
        ['third', 5],
      ] as const) {
        let running = 0;
        const counts = lines.flatMap((line) => {
          if (!line.endsWith(` ${name}`)) return [];
          running += line.startsWith('+') ? 1 : -1;
          return running;
        });
        expect([name, counts.length, Math.max(...counts)]).toEqual([name, 2 * starts, expect.any(Number)]);
        expect(Math.max(...counts)).toBeLessThanOrEqual(2);
      }
    });

    it('of tasks bind each to its like by any type, and to the end of whole arrays', async () => {
      const trace = bench().path('trace');
      const gate = bench().path('gate');
      const options = ['--array=0-5%2'];
      const script = noting(trace);
      const each = (...edges: readonly (readonly ['afterok' | 'afternotok' | 'afterany' | 'aftercorr', string])[]) => ({
        options,
        script,
        each: { tasks: '0-5', edges },
      });
      const names = ['first', 'sorry', 'any', 'corr', 'ok', 'both'] as const;
      const arrays = await bench().submit([
        { name: 'first', options, script: `${waitForFile(gate)}; ${script}` },
        { name: 'sorry', ...each(['afternotok', 'first']) },
        { name: 'any', ...each(['afterany', 'sorry']) },
        { name: 'corr', options, script, after: [['aftercorr', 'sorry']] },
        { name: 'ok', ...each(['aftercorr', 'first']), after: [['afterany', 'corr']] },
        {
          ...{ name: 'both', options, script },
          each: {
            tasks: '0-5',
            after: ['any'],
            edges: [
              ['afterok', 'first'],
              ['afterany', 'ok'],
            ],
          },
        },
      ]);
      // Nothing has begun: not one task waits for less than it was told to.
      await bench().reaches(arrays[0] ?? '', 'RUNNING');
      for (const array of arrays.slice(1))
        expect((await bench().rows(array)).every(({ state }) => state.status === 'PENDING')).toBe(true);
      await bench().write(gate);
      expect(await endsOfTasks(arrays, 6)).toEqual([
        allBut([1], 'FAILED'),
        allBut([1], 'COMPLETED', 'CANCELLED'),
        allBut([], ''),
        allBut([1], 'COMPLETED', 'CANCELLED'),
        allBut([1], 'CANCELLED'),
        allBut([1], 'CANCELLED'),
      ]);
      const lines = ((await bench().read(trace)) ?? '').trim().split('\n');
      const startsOf = (name: string) => lines.filter((line) => line.startsWith(`${name} `)).sort();
      expect(names.map((name) => startsOf(name).length)).toEqual([6, 1, 6, 1, 5, 5]);
      expect(lines.indexOf('sorry 1')).toBeGreaterThan(lines.indexOf('first 1'));
      const lastAny = Math.max(...lines.flatMap((line, at) => (line.startsWith('any ') ? at : [])));
      const firstBoth = lines.findIndex((line) => line.startsWith('both '));
      expect(firstBoth).toBeGreaterThan(lastAny);
    });

    it('of a cancelled parent cancel what needs it', async () => {
      const [parent = '', needy = '', whatever = ''] = await bench().submit([
        { name: 'parent', script: 'sleep 600' },
        { name: 'needy', script: 'exit 0', after: [['afterok', 'parent']] },
        { name: 'whatever', script: 'exit 0', after: [['afterany', 'parent']] },
      ]);
      await bench().reaches(parent, 'RUNNING');
      await bench().cluster.cancel({ jobIds: [parent] });
      expect(await bench().endsOf({ parent, needy, whatever })).toEqual({
        ...{ parent: 'CANCELLED', needy: 'CANCELLED', whatever: 'COMPLETED' },
      });
    });
  });
}
