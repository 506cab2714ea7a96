import { beforeAll, describe, expect, it } from 'vitest';
import { cellWidth } from '../../src/cli/cell-width.ts';
import { useSandbox } from './sandbox.ts';

const { submit, startAtTerminal } = useSandbox();

describe('at a terminal', () => {
  const name = '日本語の名前がとても長いジョブ… train';
  beforeAll(async () => {
    await submit(['--embedded', '-H', '-J', name, '--wrap', 'true']);
  });

  async function screen(args: readonly string[], columns: number, variables: Readonly<Record<string, string>> = {}) {
    const env = { NO_COLOR: '1', ...variables };
    const { code, stdout } = await startAtTerminal(args, { columns, rows: 24 }, env).ended;
    expect(code, stdout).toBe(0);
    return stdout.replaceAll('\r', '');
  }

  it.each([
    [{}, '…'],
    [{ LC_ALL: 'C' }, '+'],
    [{ LC_ALL: 'ja_JP.eucJP' }, '+'],
    [{ SRUNX_ASCII: '1' }, '+'],
    [{ LC_ALL: 'C', SRUNX_ASCII: '0' }, '…'],
  ])('draws what %j can show, and leaves names as they are', async (variables, sign) => {
    expect(await screen(['squeue', '--embedded'], 40, variables)).toMatch(new RegExp(` 日本語[^ ]*\\${sign} `));
    expect(await screen(['squeue', '--embedded', '-o', 'name', '--no-header'], 40, variables)).toBe(`${name}\n`);
  });

  it.each([
    [['squeue', '--embedded'], 100, 'JOBID USER NAME STATE CPUS GPUS TIME NODELIST(REASON)'],
    [['squeue', '--embedded'], 40, 'JOBID NAME ST TIME NODELIST(R…'],
    [['squeue', '--embedded'], 20, 'JOBID NAME ST'],
    [['history', '--embedded'], 40, 'JOBID NAME STATUS DURATION'],
    [['history', '--embedded'], 20, 'JOBID NAME ST'],
    [['sinfo', '--embedded'], 40, 'PARTITION NODES STATE NODELIST'],
    [['sinfo', '--embedded'], 20, 'PARTITION STATE'],
  ])('%j keeps in %i columns what matters most', async (args, columns, titles) => {
    const lines = (await screen(args, columns)).trimEnd().split('\n');
    expect(lines[0]?.trim().split(/ +/).join(' ')).toBe(titles);
    for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(columns);
  });
});
