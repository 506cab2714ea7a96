import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { useSandbox } from '../cli/sandbox.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const variant = useSshVariant(cluster);
const runtime = mkdtempSync(join(tmpdir(), 'srx-'));
const { srunx, json } = useSandbox(() => ({ XDG_RUNTIME_DIR: runtime }));
afterAll(() => rmSync(runtime, { recursive: true, force: true }));

describe('srunx ssh test --host', () => {
  it('tries a host that is no profile, and says how to make it one', async () => {
    const { sshConfig } = variant();
    const ran = await srunx(['ssh', 'test', '--host', 'dev', '--ssh-config', sshConfig]);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^dev: \S+ on \S+, home /) });
    expect(ran.stderr).toContain(`\`srunx ssh add NAME --ssh-host dev --ssh-config ${sshConfig}\` makes it a profile`);
    expect(await json(['ssh', 'test', '--host', 'dev', '--ssh-config', sshConfig])).toMatchObject({ profile: null });
    // Which then has the same connection.
    expect((await srunx(['ssh', 'add', 'new', '--ssh-host', 'dev', '--ssh-config', sshConfig])).code).toBe(0);
    expect((await srunx(['ssh', 'logout', 'new'])).stderr).toContain('new is logged out');
  });

  it('fails as every connection does, with a next step that needs no profile', async () => {
    const { code, stderr } = await srunx(['ssh', 'test', '--host', 'nowhere.invalid']);
    expect([code, stderr]).toEqual([6, expect.stringContaining('nowhere.invalid has a name that is not known')]);
    expect(stderr).not.toContain('srunx ssh doctor nowhere');
  });

  it.each([
    [['dev', '--host', 'dev'], 'a profile and --host cannot be given together'],
    [['--profile', 'dev', '--host', 'dev'], 'a profile and --host cannot be given together'],
    [['--ssh-config', '/x'], '--ssh-config says nothing without --host'],
    [['--host=-oProxyCommand=x'], 'begins with `-`'],
    [['--host', 'a b'], 'it has a blank'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await srunx(['ssh', 'test', ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
