import { describe, expect, it } from 'vitest';
import { useSandbox } from './sandbox.ts';

const { srunx, start, submit } = useSandbox(() => ({ SRUNX_EMBEDDED_GPUS: '2' }));
const watch = (...args: readonly string[]) => ['watch', 'resources', '--embedded', ...args];

async function whileBusy(work: (free: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const jobId = await submit(['--embedded', '-G', '2', '--wrap', 'sleep 600']);
  await srunx(watch('-g', '1', '-t', '0.2', '-i', '0.1'));
  let freed = false;
  const free = () => {
    freed = true;
    return srunx(['scancel', '--embedded', jobId]);
  };
  try {
    await work(free);
  } finally {
    if (!freed) await free();
  }
}

describe('srunx watch resources', () => {
  it('tells what is free at once, and runs what was to be run', async () => {
    const ran = await srunx(watch('--gpus', '2', '--cpus', '4', '--contiguous-on-node', '--then', 'echo now; exit 7'));
    expect(ran).toMatchObject({ code: 7, stderr: '' });
    expect(ran.stdout).toMatch(
      /^\S+Z free: 1 nodes \(wanted 1\), up to 2 GPUs \(wanted 2\), up to 4 CPUs .* on \S+\nnow\n$/,
    );
  });

  it('waits until it is free, and has been for long enough', async () => {
    await whileBusy(async (free) => {
      const watching = start(watch('-g', '2', '-i', '0.1', '--hold', '0.3', '--json', '--then', 'echo now'));
      await watching.said;
      expect(JSON.parse(watching.stdout())).toMatchObject({
        event: 'seen',
        reached: false,
        gpus_free: 0,
        nodes_free: 0,
      });
      await free();
      const { code, stdout, stderr } = await watching.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: 'now\n' });
      const events = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; reached: boolean });
      expect(events.map(({ event, reached }) => `${event} ${reached}`)).toEqual([
        'seen false',
        'seen true',
        'free true',
      ]);
    });
  });

  it('gives up in time, and is gone at once without a word of success', async () => {
    await whileBusy(async () => {
      const late = await srunx(watch('-g', '1', '-t', '0.3', '-i', '0.1', '--then', 'echo now'));
      expect(late.code).toBe(124);
      expect(late.stdout).toMatch(/^\S+ not yet: 0 GPUs \(wanted 1\)\n$/);
      const watching = start(watch('-g', '1', '--then', 'echo now'));
      await watching.said;
      const { code, ms, stdout } = await watching.interrupt();
      expect(code).toBe(130);
      expect(ms).toBeLessThan(1_000);
      expect(stdout).not.toMatch(/free|now\n/);
    });
  });

  it.each([
    [[], 2, 'nothing to wait for was named'],
    [['-g', '3'], 2, 'does not have so much'],
    [['-g', '0'], 2, '--min-gpus must be a whole number'],
    [['--gpus', '1', '--gpu-type', 'a100'], 7, 'no GPUs of the type `a100`'],
    [['--mem', '1.5G'], 2, '`1.5G` is not an amount of memory'],
    [['-g', '1', '-p', 'x'], 7, 'no partition `x`'],
  ])('%j fails with %d', async (args, code, message) => {
    const ran = await srunx(watch(...args));
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toContain(message);
  });
});
