import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFreePorts } from '../../dev/free-ports.ts';
import type { SshVariant } from '../../dev/ssh-variants.ts';
import { ConnectionError } from '../../src/core/errors.ts';
import type { SshAccount } from '../../src/core/remote/ssh-words.ts';
import type { SshShell } from '../../src/shell/ssh/ssh-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshShells } from '../support/ssh-shells.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const shells = useSshShells();

async function expectRefusal(shell: SshShell, { code, hint }: { readonly code: string; readonly hint: RegExp }) {
  const start = performance.now();
  const error = await shell.run({ argv: ['true'] }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ code, exitCode: 6, hint: expect.stringMatching(hint) });
  expect((error as ConnectionError).detail).not.toContain('\r');
  expect(performance.now() - start).toBeLessThan(30_000);
}

describe('an account that is not reached', () => {
  const variant = useSshVariant(cluster);
  const open = (account: Partial<SshAccount>) =>
    shells.open({ host: 'dev', configFile: variant().sshConfig, ...account });

  it.each<[string, Partial<SshAccount>, string, RegExp]>([
    ['a user who may not', { user: 'nobody' }, 'ssh.denied', /srunx ssh login dev/],
    ['a name that is not known', { host: 'no-such-host.invalid' }, 'ssh.name', /Check the name/],
    ['an address with no route', { host: '255.255.255.255' }, 'ssh.unreachable', /network/],
    ['a jump host that is not known', { proxyJump: 'no-such-host.invalid' }, 'ssh.name', /Check the name/],
  ])('%s', async (_, account, code, hint) => {
    await expectRefusal(open(account), { code, hint });
    expect(variant().countLogins()).toBe(0);
  });

  it('a port where nobody listens', async () => {
    const [port] = await findFreePorts(1);
    await expectRefusal(open({ port }), { code: 'ssh.refused', hint: /port/ });
  });

  it('a configuration that ssh does not take', async () => {
    const configFile = join(variant().dir, 'bad-config');
    writeFileSync(configFile, 'NoSuchOption yes\n');
    await expectRefusal(open({ configFile }), { code: 'ssh.config', hint: /configuration/ });
  });
});

describe('a second factor', () => {
  const variant = useSshVariant(cluster, { secondFactor: true });

  it('needs a person', async () => {
    const shell = shells.open({ host: 'dev', configFile: variant().sshConfig });
    await expectRefusal(shell, { code: 'ssh.denied', hint: /srunx ssh login dev/ });
  });

  it('is asked for by whoever logs in for a person, once for all that follows', async () => {
    // A program that answers in the place of a person.
    const askpass = join(variant().dir, 'askpass');
    writeFileSync(askpass, `#!/bin/sh\necho ${variant().createCode()}\n`, { mode: 0o700 });
    const env = { ...process.env, ...shells.env(), SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    const account = { host: 'dev', configFile: variant().sshConfig };
    expect(await shells.open(account, { env }).master.openInteractively(60)).toBe(true);
    expect((await shells.open(account).run({ argv: ['true'] })).exitCode).toBe(0);
    expect(variant().countLogins()).toBe(1);
  });
});

describe('a host key', () => {
  const variant = useSshVariant(cluster, { jump: true });
  const ways: readonly (readonly [string, () => SshVariant | undefined])[] = [
    ['of the target', variant],
    ['of the jump host', () => variant().jump],
  ];

  describe.each(ways)('%s', (_, checked) => {
    it.each([
      ['unknown', 'ssh.host_key_unknown', /ssh login dev.*fingerprint/],
      ['changed', 'ssh.host_key_changed', /administrator/],
    ] as const)('that is %s is refused', async (how, code, hint) => {
      checked()?.setKnownKey(how);
      try {
        for (const account of [{ host: 'dev-via-jump' }, { host: 'dev', proxyJump: 'dev-jump' }]) {
          const shell = shells.open({ ...account, configFile: variant().sshConfig });
          await expectRefusal(shell, { code, hint });
        }
      } finally {
        checked()?.setKnownKey('known');
      }
      expect(variant().countLogins()).toBe(0);
    });
  });

  it('that is unknown is taken where that is the policy, on every hop; one that has changed is not', async () => {
    for (const server of [variant(), variant().jump]) server?.setKnownKey('unknown');
    const open = () =>
      shells.open({ host: 'dev-via-jump', configFile: variant().sshConfig }, { hostKeys: 'accept-new' });
    const first = open();
    expect((await first.run({ argv: ['true'] })).exitCode).toBe(0);
    await first[Symbol.asyncDispose]();
    await first.master.exit();
    variant().jump?.setKnownKey('changed');
    await expectRefusal(open(), { code: 'ssh.host_key_changed', hint: /administrator/ });
    variant().jump?.setKnownKey('known');
  });
});
