import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { associationArgs, ownAssociationWords, parseAssociations, parseQosLimits, qosArgs } from './account-limits.ts';

it('asks for one user of one cluster', () => {
  expect(associationArgs({ user: 'ann', cluster: 'demo' })).toEqual([
    ...['-nP', 'show', 'user', 'withassoc', 'where', 'name=ann', 'cluster=demo'],
    'format=DefaultAccount,Account,Partition,QOS,DefaultQOS,MaxJobs,MaxSubmit,MaxWall,MaxTRES,GrpTRES,GrpJobs,GrpSubmit',
  ]);
  expect(qosArgs().at(-1)).toBe(
    'format=Name,Priority,MaxWall,MaxTRES,MaxTRESPU,MaxJobsPU,MaxSubmitPU,GrpTRES,GrpJobs,GrpSubmit',
  );
});

it('asks for whoever asks, on the cluster that is asked', () => {
  const [, , script, ...words] = ownAssociationWords();
  expect(words).toEqual(['sh', '-nP', 'show', 'user', 'withassoc', expect.stringMatching(/^format=DefaultAccount,/)]);
  const sacctmgr = 'sacctmgr() { printf "%s|" "$@"; }; id() { echo ann; }';
  const scontrol = "scontrol() { printf 'A = b\\nClusterName             = demo\\nX_ClusterName = c\\n'; }";
  const shell = `${sacctmgr}\n${scontrol}\n${script?.replace('exec ', '')}`;
  expect(spawnSync('sh', ['-c', shell, 'sh', 'show'], { encoding: 'utf8' }).stdout).toBe(
    'show|where|name=ann|cluster=demo|',
  );
});

it('reads associations', () => {
  const text = 'root|proj|gpu|high,normal||5|20|12:00:00|cpu=32,gres/gpu=4|||\nroot|root||normal|normal|||||||\n';
  const none = { maxJobs: null, maxSubmit: null, maxWallSeconds: null, maxTres: {} };
  const group = { groupTres: {}, groupJobs: null, groupSubmit: null };
  expect(parseAssociations(text)).toEqual([
    {
      ...{ account: 'proj', isDefault: false, partition: 'gpu', qos: ['high', 'normal'], defaultQos: null },
      ...{ maxJobs: 5, maxSubmit: 20, maxWallSeconds: 43_200, maxTres: { cpu: '32', 'gres/gpu': '4' } },
      ...group,
    },
    { account: 'root', isDefault: true, partition: null, qos: ['normal'], defaultQos: 'normal', ...none, ...group },
  ]);
});

it('reads QOS, and leaves out what is no row', () => {
  const text = 'normal|0||||||||\nhigh|100|1-00:00:00||cpu=64,gres/gpu=8|4|10|node=4||\n sacctmgr: a remark\n';
  expect(parseQosLimits(text)).toMatchObject([
    { name: 'normal', priority: 0, maxWallSeconds: null, maxTresPerUser: {}, maxJobsPerUser: null },
    {
      ...{
        name: 'high',
        priority: 100,
        maxWallSeconds: 86_400,
        maxTres: {},
        maxTresPerUser: { cpu: '64', 'gres/gpu': '8' },
      },
      ...{ maxJobsPerUser: 4, maxSubmitPerUser: 10, groupTres: { node: '4' }, groupJobs: null },
    },
  ]);
});
