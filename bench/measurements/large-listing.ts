import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, type Measured, ms, peakMegabytes, program } from '../measure.ts';

const count = 10_000;

/** Plays squeue: so many rows, with whatever marks it is asked for; notes each call. */
const squeue = `#!/bin/sh
echo call >>"$SRUNX_BENCH_CALLS"
while [ "$1" != -O ]; do shift; done
exec awk -v format="$2" -v count=${count} 'BEGIN {
  fields = split(format, field, ",")
  for (i = 1; i <= fields; i++) { at = index(field[i], ":"); mark[i] = substr(field[i], at + 1); name[i] = substr(field[i], 1, at - 1) }
  known["State"] = "RUNNING"; known["Reason"] = "None"; known["SubmitTime"] = 1790000000; known["StartTime"] = 1790000100
  known["EndTime"] = 1790003700; known["TimeUsed"] = "1:00:01"; known["TimeLimit"] = "1-00:00:00"; known["NumNodes"] = 2
  known["NumCPUs"] = 16; known["NumTasks"] = 1; known["Partition"] = "gpu"; known["UserName"] = "somebody"
  known["NodeList"] = "node[11-12]"; known["tres-alloc"] = "cpu=16,mem=64G,node=2,billing=16,gres/gpu=4,gres/gpu:a100=4"
  known["exit_code"] = "0:0"; known["RestartCnt"] = 0; known["STDOUT"] = "/home/somebody/project/logs/train.log"
  known["WorkDir"] = "/home/somebody/project"; known["Account"] = "lab"; known["QOS"] = "normal"; known["PriorityLong"] = 4242
  for (row = 1; row <= count; row++) {
    for (i = 1; i <= fields; i++)
      printf "%s%s", (name[i] ~ /^(JobArrayID|JobID)$/ ? row : name[i] == "Name" ? "train-" row : known[name[i]]), mark[i]
    print ""
  }
}'
`;

/** A listing of ten thousand jobs: one command of Slurm, and what it takes in time and memory. */
export async function measureLargeListing(scratch: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const bin = join(scratch, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'squeue'), squeue);
  chmodSync(join(bin, 'squeue'), 0o755);
  const calls = join(scratch, 'calls');
  const own = { ...env, PATH: `${bin}:${env['PATH']}`, SRUNX_BENCH_CALLS: calls };
  const fields = 'JobArrayID:@a@,JobID:@a@,State:@a@,TimeUsed:@a@,tres-alloc:@a@,WorkDir:@a@,STDOUT:@a@,Name:@b@';
  const listing = { argv: [process.execPath, program, 'squeue', '--local', '--json'], env: own } as const;
  const { ours, theirs } = await compare(
    {
      ours: listing,
      theirs: { argv: ['squeue', '-O', fields], env: own },
    },
    7,
  );
  rmSync(calls);
  const { megabytes, stdout } = peakMegabytes(listing);
  const rows = (JSON.parse(stdout) as unknown[]).length;
  const asked = readFileSync(calls, 'utf8').trim().split('\n').length;
  return [
    {
      what: `srunx squeue --json, ${rows} jobs`,
      value: `${ms(ours)}, ${megabytes.toFixed(0)} MB, ${asked} squeue`,
      reference: `of which the answer itself ${ms(theirs)}`,
      limit: '1 s, 200 MB, 1 squeue',
      withinLimit: ours <= 1_000 && megabytes <= 200 && asked === 1 && rows === count,
    },
  ];
}
