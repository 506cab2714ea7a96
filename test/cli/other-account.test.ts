import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useSandbox } from './sandbox.ts';

// For what the system does not know, and for permissions, which do not bind root.
const account = 54_321;
const program = process.env['SRUNX_TEST_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'srunx.js');
const { dir } = useSandbox();
const [home, work, closed] = ['account', 'its work', 'closed'].map((name) => join(dir, name)) as [
  string,
  string,
  string,
];
for (const path of [home, work, closed]) mkdirSync(path);
chmodSync(dir, 0o711);

function srunx(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const words = [
    '--reuid',
    `${account}`,
    '--regid',
    `${account}`,
    '--clear-groups',
    process.execPath,
    program,
    ...args,
  ];
  const env = { PATH: '/usr/bin:/bin', HOME: home, ...variables };
  const { status, stdout, stderr } = spawnSync('setpriv', words, { encoding: 'utf8', cwd: work, env });
  return { code: status, stdout, stderr };
}

describe('an account that the system has no name for', () => {
  beforeEach(({ skip }) => {
    if (process.getuid?.() !== 0) skip('being another account takes root');
    for (const path of [home, work]) chownSync(path, account, account);
    if (srunx(['--version']).code !== 0) skip('other accounts may not read the program');
  });

  it('submits jobs to this machine, and is called by its number', () => {
    expect(srunx(['sbatch', '--embedded', '--wait', '--wrap', 'true'])).toMatchObject({ code: 0 });
    const [job] = JSON.parse(srunx(['squeue', '--embedded', '-t', 'all', '--json']).stdout);
    expect(job).toMatchObject({ user: `${account}`, status: 'COMPLETED' });
  });

  it.each([
    ['the database', 'XDG_STATE_HOME', 'store.readonly'],
    ['what is kept of runs', 'SRUNX_RUN_DIR', 'file.denied'],
  ])('submits nothing where %s cannot be written, and says which directory to name instead', (_, variable, code) => {
    const ran = srunx(['sbatch', '--embedded', '--wrap', 'true'], { [variable]: closed });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain(`srunx: error[${code}]: `);
    expect(ran.stderr).toMatch(new RegExp(`^hint: .*${variable}`, 'm'));
  });

  it('finds in the history what was never submitted as that, and not as refused', () => {
    srunx(['sbatch', '--embedded', '-J', 'stuck', '--wrap', 'true'], { SRUNX_RUN_DIR: closed });
    const [job] = JSON.parse(srunx(['history', '--embedded', '--name', 'stuck', '--json']).stdout);
    expect(job).toMatchObject({ status: 'CANCELLED', state: 'withdrawn', reason: expect.stringContaining('EACCES') });
  });
});
