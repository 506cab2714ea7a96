import { describe, expect, it } from 'vitest';
import { visibleCommands } from '../command-table.ts';
import { describeCommand } from '../describe-command.ts';
import { completeLine } from './complete-line.ts';
import { lineWords } from './line-words.ts';

async function complete(line: string) {
  return completeLine(lineWords(line), {
    names: visibleCommands,
    async describe(name) {
      const entry = visibleCommands.find((command) => command.name === name);
      if (entry === undefined) throw new Error(`there is no ${name}`);
      return describeCommand(await entry.load());
    },
  });
}

async function texts(line: string): Promise<readonly string[] | string> {
  const found = await complete(line);
  return found.kind === 'words' ? found.words.map(({ text }) => text) : found.kind === 'values' ? found.of : found.kind;
}

describe('completion', () => {
  it.each([
    ['srunx sq', ['squeue']],
    ['srunx fl', ['flow']],
    ['srunx hel', ['help']],
    ['srunx flow sta', ['status']],
    ['srunx squeue --part', ['--partition']],
    ['srunx sbatch --gpus-per-n', ['--gpus-per-node']],
    ['srunx ssh mo', ['mount']],
    ['srunx ssh mount ', ['add', 'update', 'list', 'remove']],
    ['srunx ssh mount remove ', 'profiles'],
    ['srunx ssh mount add dgx code ', 'directories'],
    ['srunx ssh use ', 'profiles'],
    ['srunx ssh rename ', 'profiles'],
    ['srunx ssh rename dgx ', 'none'],
    ['srunx ssh add ', 'none'],
    ['srunx nonsense ', []],
    ['srunx nonsense x ', 'none'],
    ['srunx squeue -p ', 'partitions'],
    ['srunx squeue --partition ', 'partitions'],
    ['srunx squeue --partition=g', 'partitions'],
    ['srunx squeue -t ', 'states'],
    ['srunx squeue --me -w n', 'nodes'],
    ['srunx squeue --name ', 'liveJobNames'],
    ['srunx sacct --name ', 'jobNames'],
    ['srunx update 12 --name ', 'none'],
    ['srunx update --named ', 'liveJobNames'],
    ['srunx squeue -o job_id,n', 'columns'],
    ['srunx sinfo --sort=-', 'columns'],
    ['srunx sbatch --name ', 'none'],
    ['srunx sbatch -d ', 'dependencies'],
    ['srunx tail 1', 'jobs'],
    ['srunx squeue ', 'none'],
    ['srunx scancel 1 2', 'liveJobs'],
    ['srunx scancel --me -s ', 'signals'],
    ['srunx tail ', 'jobs'],
    ['srunx tail 1 2', 'jobs'],
    ['srunx flow status ', 'runs'],
    ['srunx flow retry ', 'runs'],
    ['srunx flow rerun ', 'runs'],
    ['srunx flow diff ', 'runs'],
    ['srunx flow diff k3v9 ', 'runs'],
    ['srunx flow run ', 'files'],
    ['srunx flow run a.yaml --arg x=1 --job ', 'workflowJobs'],
    ['srunx flow run a.yaml --arg ', 'workflowArgs'],
    ['srunx flow cancel k3v9 --job ', 'runJobs'],
    ['srunx flow attach ', 'runs'],
    ['srunx sweep cancel ', 'runs'],
    ['srunx flow plan a.yaml --script ', 'workflowJobs'],
    ['srunx flow graph ', 'files'],
    ['srunx flow import ', 'files'],
    ['srunx sbatch -p gpu --nodes ', 'none'],
    ['srunx sbatch -p gpu train', 'files'],
    ['srunx sbatch -D ', 'directories'],
    ['srunx squeue -- --me', 'none'],
  ])('%s', async (line, expected) => {
    expect(await texts(line)).toEqual(expected);
  });

  it('offers every visible command with what it does, and none that is hidden', async () => {
    const found = await complete('srunx ');
    const words = found.kind === 'words' ? found.words : [];
    expect(words.map(({ text }) => text)).toEqual([
      ...new Set(visibleCommands.map(({ name }) => name.split(' ')[0])),
      'help',
    ]);
    expect(words.every(({ description }) => description !== undefined && description !== '')).toBe(true);
  });
});

it.each([
  ['', ['']],
  ['srunx ', ['srunx', '']],
  ['srunx  a', ['srunx', 'a']],
  [`srunx 'a b' "c \\" d" e\\ f`, ['srunx', 'a b', 'c " d', 'e f']],
  [`srunx 'open quo`, ['srunx', 'open quo']],
  [`srunx --a='x y'z`, ['srunx', '--a=x yz']],
  ['srunx ends\\', ['srunx', 'ends']],
])('splits %j as a shell does', (line, words) => {
  expect(lineWords(line)).toEqual(words);
});
