import { parseSqueue, squeueFields } from '../../src/core/slurm/squeue.ts';
import { type Measured, ms, timeCalls } from '../measure.ts';

const count = 10_000;
const marks = { field: '@0f8e@', record: '@7c1d@' };

const values: Readonly<Record<string, (id: number) => string>> = {
  JobArrayID: (id) => `${id}`,
  JobID: (id) => `${id}`,
  ArrayJobID: (id) => `${id}`,
  ArrayTaskID: () => 'N/A',
  HetJobID: () => 'N/A',
  HetJobOffset: () => 'N/A',
  State: (id) => ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED'][id % 4] ?? '',
  Reason: (id) => (id % 4 === 0 ? 'Resources' : 'None'),
  SubmitTime: (id) => `${1_790_000_000 + id}`,
  StartTime: (id) => `${1_790_000_100 + id}`,
  EndTime: (id) => `${1_790_003_700 + id}`,
  TimeUsed: (id) => `${id % 24}:00:01`,
  TimeLimit: () => '1-00:00:00',
  NumNodes: () => '2',
  NumCPUs: () => '16',
  Partition: (id) => (id % 3 === 0 ? 'gpu' : 'cpu'),
  UserName: () => 'somebody',
  NodeList: (id) => `node[${id % 90}-${(id % 90) + 1}]`,
  'tres-alloc': (id) =>
    id % 3 === 0 ? 'cpu=16,mem=64G,node=2,billing=16,gres/gpu=4,gres/gpu:a100=4' : 'cpu=16,mem=64G,node=2,billing=16',
  exit_code: () => '0:0',
  RestartCnt: () => '0',
  STDOUT: (id) => `/home/somebody/project/logs/train-${id}.log`,
  WorkDir: () => '/home/somebody/project',
  Comment: (id) => `srunx:k3v9abcdef-${id}`,
  Name: (id) => `train-${id}`,
};

/** Reading what `squeue` says of ten thousand jobs. */
export function measureSnapshot(): Measured[] {
  const rows = Array.from({ length: count }, (_, index) => {
    const fields = squeueFields.map((field) => values[field]?.(index + 1) ?? '');
    return `${fields.join(marks.field)}${marks.record}\n`;
  });
  const text = rows.join('');
  const time = timeCalls(() => void parseSqueue(text, { marks }), { warmUp: 3, rounds: 9 });
  const copied = timeCalls(() => void text.split(marks.record).map((row) => row.split(marks.field)), {
    warmUp: 3,
    rounds: 9,
  });
  return [
    {
      what: `snapshot of ${count} jobs`,
      value: ms(time),
      reference: `splitting the same text alone ${ms(copied)}`,
      limit: '60 ms',
      withinLimit: time <= 60,
    },
  ];
}
