import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../dev/processes.ts';
import { SrunxError } from '../../../src/core/errors.ts';
import { renderWrapper } from '../../../src/core/job/wrapper.ts';
import { type Bench, type ClusterUnderTest, idsOf, waitForFile } from './bench.ts';

export function describeFacts(bench: () => Bench, { create, isLarge = false }: ClusterUnderTest): void {
  const describeGroup = isLarge ? describe.concurrent : describe;
  describe('the cluster', () => {
    it('has an identity, the same for everybody', async () => {
      const other = await create();
      const identity = await bench().cluster.identity();
      expect(await other.identity()).toEqual(identity);
      await other[Symbol.asyncDispose]();
      expect(identity.key.startsWith(`${bench().cluster.kind}:`)).toBe(true);
      expect(identity.name).toMatch(/./);
      const { stdout } = await bench().shell.run({ argv: ['id', '-un'] });
      expect(`${identity.user}\n`).toBe(new TextDecoder().decode(stdout));
    });

    it('says what it can', async () => {
      const { version, accounting, minJobAgeSeconds, maxArraySize } = await bench().cluster.capabilities();
      expect(version).toMatch(/^\d+\.\d+/);
      expect(typeof accounting).toBe('boolean');
      expect(minJobAgeSeconds).toBeGreaterThan(0);
      expect(maxArraySize).toBeGreaterThan(1);
    });

    it('has partitions and nodes that belong together', async () => {
      const { partitions, nodes } = await bench().cluster.inventory();
      expect(partitions.filter(({ isDefault }) => isDefault)).toHaveLength(1);
      expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
      for (const { name, up, nodes: members } of partitions) {
        expect(up).toBe(true);
        expect([...members].sort()).toEqual(
          nodes
            .filter((node) => node.partitions.includes(name))
            .map((node) => node.name)
            .sort(),
        );
      }
      for (const { cpus, memoryMb, state } of nodes) {
        expect(cpus.total).toBeGreaterThan(0);
        expect(cpus.allocated).toBeLessThanOrEqual(cpus.total);
        expect(memoryMb.total).toBeGreaterThan(0);
        expect(['idle', 'mixed', 'allocated']).toContain(state.class);
      }
    });

    it('answers what only a Slurm knows, and refuses words for one where there is none', async () => {
      const { cluster } = bench();
      const { slurm } = cluster;
      expect(slurm === undefined).toBe(cluster.kind === 'embedded');
      if (slurm === undefined) {
        await expect(cluster.inventory({ words: ['--all'] })).rejects.toThrow(/no Slurm/);
        return;
      }
      const { partitions } = await cluster.inventory({ words: ['--all'] });
      const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
      expect(names(await slurm.partitionLimits())).toEqual(names(partitions));
      expect(await slurm.ping()).toEqual([{ role: 'primary', host: expect.any(String), up: true }]);
      expect(Math.abs(((await slurm.clock()) ?? 0) - Date.now() / 1000)).toBeLessThan(60);
      expect(await slurm.reservations()).toEqual([]);
      expect((await slurm.config()).get('ClusterName')).toBe((await cluster.identity()).name);
    });

    it('shows which node runs a job', async () => {
      const gate = bench().path('gate');
      const jobId = await bench().submitOne({ script: waitForFile(gate) });
      await bench().reaches(jobId, 'RUNNING');
      const [row] = await bench().rows(jobId);
      const node = (await bench().cluster.inventory()).nodes.find(({ name }) => name === row?.nodeList);
      expect(node?.cpus.allocated).toBeGreaterThanOrEqual(1);
      await bench().write(gate);
      await bench().ended(jobId);
    });
  });

  describeGroup('snapshots', () => {
    it('show a job to its owner and to whoever asks for all or for the owner', async () => {
      const jobId = await bench().submitOne({ options: ['--hold'] });
      const { user } = await bench().cluster.identity();
      for (const scope of ['me', 'all', { user }] as const) {
        const { jobs } = await bench().cluster.observe({ scope });
        expect(jobs.filter((job) => job.jobId === jobId)).toMatchObject([{ user, state: { status: 'PENDING' } }]);
      }
      await bench().cluster.cancel({ jobIds: [jobId] });
    });

    it('of another user do not show our jobs', async () => {
      const jobId = await bench().submitOne({ options: ['--hold'] });
      const { jobs } = await bench().cluster.observe({ scope: { user: 'nobody' } });
      expect(jobs.some((job) => job.jobId === jobId)).toBe(false);
      await bench().cluster.cancel({ jobIds: [jobId] });
    });

    it('stop when told to', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(bench().cluster.observe({ scope: 'me', signal })).rejects.toThrow('enough');
    });
  });

  describeGroup('accounting', () => {
    it('agrees with the controller about finished jobs, or is absent', async () => {
      const array = await bench().submitOne({ script: 'exit $SLURM_ARRAY_TASK_ID', options: ['--array=0-1'] });
      const killed = await bench().submitOne({ script: 'kill -KILL $$' });
      const rows = await bench().allEnded([array, killed]);
      const { accounting } = await bench().cluster.capabilities();
      const query = { jobIds: [array, killed], since: 0 };
      if (!accounting) return expect(await bench().cluster.accounting(query)).toEqual([]);
      const shown = rows.map((row) => [row.jobId, row.state.status, row.exit?.code, row.exit?.signal]).sort();
      const read = async () =>
        (await bench().cluster.accounting(query))
          .map((row) => [row.jobId, row.state.status, row.exit?.code, row.exit?.signal])
          .sort();
      await waitUntil(async () => JSON.stringify(await read()) === JSON.stringify(shown), 20_000);
      expect(await read()).toEqual(shown);
    });

    it('has nothing of unknown jobs, and nothing when nothing is asked', async () => {
      expect(await bench().cluster.accounting({ jobIds: ['67000000', '67000001_3'], since: 0 })).toEqual([]);
      expect(await bench().cluster.accounting({ jobIds: [], since: 0 })).toEqual([]);
    });

    it('takes the ids that a snapshot shows', async () => {
      const jobId = await bench().submitOne({ options: ['--array=0-3', '--hold'] });
      const ids = (await bench().rows(jobId)).map((row) => row.jobId);
      const records = await bench().cluster.accounting({ jobIds: ids, since: 0 });
      for (const row of records) expect(row.arrayJobId).toBe(jobId);
      await bench().cluster.cancel({ jobIds: [jobId] });
    });
  });

  describeGroup('receipts', () => {
    it('are read from the plan directories of wrapped jobs', async () => {
      const batch = bench().batch([
        { name: 'good', script: '' },
        { name: 'bad', script: '', options: ['--array=2'] },
      ]);
      const { directory, submissions } = batch;
      const payload = bench().path('payload');
      // What jobs write beside their receipts is none, whatever it looks like.
      const writesMetrics = '#!/bin/sh\necho "start 1 999" >>"$SRUNX_METRICS"\nexit $CODE\n';
      const wrappers = submissions.map(({ token }, index) => ({
        ...{ path: `${directory}/${token}.sh`, mode: 0o700 },
        content: renderWrapper({ directory, token, payload, directives: [], env: { CODE: `${index * 3}` } }),
      }));
      await bench().shell.writeFiles([{ path: payload, content: writesMetrics, mode: 0o700 }]);
      const report = await bench().cluster.submit({ ...batch, files: wrappers });
      const [good = '', bad = ''] = idsOf(report, batch);
      await bench().allEnded([good, bad]);
      const none = bench().path('none');
      const receipts = await bench().cluster.receipts([none, directory]);
      expect(
        receipts.map(({ token, attempts, exitCode, signals }) => [token, attempts, exitCode, signals]).sort(),
      ).toEqual([
        [submissions[0]?.token, 1, 0, []],
        [`${submissions[1]?.token}.2`, 1, 3, []],
      ]);
      expect(receipts.map(({ jobId }) => jobId).sort()).toEqual([good, bad].sort());
    });

    it('are none where no wrapper has run', async () => {
      expect(await bench().cluster.receipts([])).toEqual([]);
      expect(await bench().cluster.receipts([bench().path('none'), bench().scratch])).toEqual([]);
    });
  });

  describeGroup('logs', () => {
    it('are read at exact offsets while the job writes', async () => {
      const gate = bench().path('gate');
      const log = bench().path("a log's");
      const script = `printf 'a日b\\n'; ${waitForFile(gate)}; printf 'end\\n'`;
      const jobId = await bench().submitOne({ script, options: [`--output=${log}`] });
      await bench().readOnce(log, '日b');
      const first = await bench().cluster.readLog({ path: log, offset: 0 });
      const part = await bench().cluster.readLog({ path: log, offset: 2, maxBytes: 2 });
      const tail = await bench().cluster.readLog({ path: log, offset: -2 });
      expect(
        [first, part, tail].map((chunk) => [chunk?.offset, Buffer.from(chunk?.bytes ?? []).toString('latin1')]),
      ).toEqual([
        [0, Buffer.from('a日b\n').toString('latin1')],
        [2, '\x97\xa5'],
        [4, 'b\n'],
      ]);
      await bench().write(gate);
      await bench().ended(jobId);
      const rest = await bench().cluster.readLog({ path: log, offset: first?.size ?? 0 });
      expect([new TextDecoder().decode(rest?.bytes), rest?.fileId]).toEqual(['end\n', first?.fileId]);
    });

    it('are nothing where no file is', async () => {
      expect(await bench().cluster.readLog({ path: bench().path('none'), offset: 0 })).toBeUndefined();
    });

    it('get their names from patterns', async () => {
      const directory = bench().path('patterns');
      await bench().shell.run({ argv: ['mkdir', '-m', '777', directory] });
      const [job = '', array = ''] = await bench().submit([
        { name: 'x y', script: 'echo plain', options: [`--output=${directory}/%x-%j-%u-%5j.log`] },
        { name: 'tasks', script: 'echo task', options: [`--output=${directory}/%x-%A-%a.log`, '--array=3'] },
      ]);
      await bench().allEnded([job, array]);
      const { user } = await bench().cluster.identity();
      const expected = [`x y-${job}-${user}-${job.padStart(5, '0')}.log`, `tasks-${array}-3.log`];
      const texts = await Promise.all(expected.map((name) => bench().read(`${directory}/${name}`)));
      expect(texts).toEqual(['plain\n', 'task\n']);
    });

    it('have default names in the working directory', async () => {
      const cwd = bench().path('default');
      await bench().shell.run({ argv: ['mkdir', '-m', '777', cwd] });
      const batch = bench().batch([
        { name: 'job', script: 'echo out; echo err >&2', cwd },
        { name: 'array', script: 'echo task', cwd, options: ['--array=4'] },
      ]);
      const submissions = batch.submissions.map((submission) => ({
        ...submission,
        options: submission.options.filter((option) => !option.startsWith('--output')),
      }));
      const [job = '', array = ''] = idsOf(await bench().cluster.submit({ ...batch, submissions }), batch);
      await bench().allEnded([job, array]);
      expect(await bench().read(`${cwd}/slurm-${job}.out`)).toBe('out\nerr\n');
      expect(await bench().read(`${cwd}/slurm-${array}_4.out`)).toBe('task\n');
    });

    it('keep the two streams apart where asked to', async () => {
      const [out, err] = [bench().path('out'), bench().path('err')];
      const jobId = await bench().submitOne({
        script: 'echo out; echo err >&2',
        options: [`--output=${out}`, `--error=${err}`],
      });
      await bench().ended(jobId);
      expect([await bench().read(out), await bench().read(err)]).toEqual(['out\n', 'err\n']);
    });

    it('in a missing directory are made, or the job says that it could not be started', async () => {
      const log = `${bench().path('missing')}/deeper/log`;
      const jobId = await bench().submitOne({ script: 'echo out', options: [`--output=${log}`] });
      const { state } = await bench().ended(jobId);
      if (state.status === 'COMPLETED') expect(await bench().read(log)).toBe('out\n');
      else expect(state).toMatchObject({ status: 'FAILED', failureKind: 'launch' });
    });

    it('that nobody may read are an error, not an absence', async () => {
      const failure = bench().cluster.readLog({ path: bench().scratch, offset: 0, maxBytes: 10 });
      await expect(failure).rejects.toBeInstanceOf(SrunxError);
    });
  });
}
