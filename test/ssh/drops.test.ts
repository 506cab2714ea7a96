import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { slowSeconds } from '../../dev/login-shells.ts';
import { listProcesses, readCommandLine, readUid, run, waitUntil } from '../../dev/processes.ts';
import { type SshVariant, startSshVariant } from '../../dev/ssh-variants.ts';
import type { TcpRelay } from '../../dev/tcp-relay.ts';
import { ConnectionError } from '../../src/core/errors.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { useSshShells } from '../support/ssh-shells.ts';
import { useSshVariant } from '../support/ssh-variants.ts';

const cluster = useDevCluster();
const shells = useSshShells();

const settle = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const isLost = expect.objectContaining({ code: 'ssh.connection_lost', exitCode: 6 });

/** The processes of ssh on this side. */
const clientsOf = (socket: string): number[] =>
  listProcesses().flatMap(({ pid }) => (readCommandLine(pid).includes(`ControlPath=${socket} `) ? [pid] : []));

async function clientsHaveEnded(socket: string): Promise<void> {
  expect(await waitUntil(() => clientsOf(socket).length === 0, 10_000)).toBe(true);
  // Node hears of the end of its children a moment after the kernel shows it.
  await sleep(100);
}

/** A command that leaves one line in a file for each time it runs, and the number of lines. */
function once(variant: SshVariant, name: string) {
  const file = join(variant.home, name);
  return {
    argv: ['sh', '-c', 'echo ran >>"$1"; sleep "$2"', 'sh', file] as const,
    count: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0),
  };
}

describe('a connection', () => {
  const variant = useSshVariant(cluster, {
    relay: {},
    clientSettings: ['ServerAliveInterval 1', 'ServerAliveCountMax 2', 'ConnectTimeout 3'],
  });
  const open = () => shells.open({ host: 'dev', configFile: variant().sshConfig });
  const relayOf = (): TcpRelay => {
    const { relay } = variant();
    if (relay === undefined) throw new Error('there is no relay');
    return relay;
  };

  afterEach(() => relayOf().blackHole(false));

  it('that is cut ends the command with an error, on both sides; the next one has a new connection', async () => {
    const [shell, command] = [open(), once(variant(), 'cut')];
    const before = variant().countLogins();
    const running = settle(shell.run({ argv: [...command.argv, '4711'] }));
    await waitUntil(() => command.count() > 0, 20_000);
    relayOf().cut();
    expect(await running).toEqual(isLost);
    const isOver = () => !listProcesses().some(({ pid }) => readCommandLine(pid) === 'sleep 4711 ');
    expect(await waitUntil(isOver, 10_000)).toBe(true);
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
    expect([command.count(), variant().countLogins()]).toEqual([1, before + 2]);
  });

  it('that is cut while idle is opened again by itself', async () => {
    const shell = open();
    const before = variant().countLogins();
    await shell.run({ argv: ['true'] });
    relayOf().cut();
    const { socket } = shell.master.places;
    await clientsHaveEnded(socket);
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
    expect(variant().countLogins()).toBe(before + 2);
  });

  it('that is cut in the very moment when a command is given runs it at most once', async () => {
    const shell = open();
    for (let round = 0; round < 8; round += 1) {
      const command = once(variant(), `moment-${round}`);
      await shell.run({ argv: ['true'] });
      relayOf().cut();
      const error = await settle(shell.run({ argv: [...command.argv, '0'] }));
      if (error === undefined) expect(command.count()).toBe(1);
      else expect([error, command.count()]).toEqual([isLost, expect.toSatisfy((count) => count <= 1)]);
    }
  });

  it.each(['toServer', 'toClient'] as const)(
    'that is cut after some bytes %s never repeats a command',
    async (direction) => {
      const [first, probe] = [open(), once(variant(), `probe-${direction}`)];
      const start = relayOf().passed[direction];
      await first.run({ argv: [...probe.argv, '0'] });
      const whole = relayOf().passed[direction] - start;
      for (let part = 1; part <= 10; part += 1) {
        await first[Symbol.asyncDispose]();
        await first.master.exit();
        const [shell, command] = [open(), once(variant(), `part-${direction}-${part}`)];
        relayOf().breakAfter({ direction, bytes: Math.floor((whole * part) / 10), how: 'cut' });
        const error = await settle(shell.run({ argv: [...command.argv, '0'] }));
        relayOf().cut();
        if (error === undefined) expect(command.count()).toBe(1);
        else {
          expect(error).toBeInstanceOf(ConnectionError);
          // An error that says that nothing was done must be right.
          const most = (error as ConnectionError).code === 'ssh.connection_lost' ? 1 : 0;
          expect([part, command.count(), String(error)]).toEqual([
            part,
            expect.toSatisfy((count) => count <= most),
            String(error),
          ]);
        }
        await shell[Symbol.asyncDispose]();
        await shell.master.exit();
      }
    },
  );

  it('in a black hole is given up, and the command is not repeated when the network is back', async () => {
    const [shell, command] = [open(), once(variant(), 'black-hole')];
    const running = settle(shell.run({ argv: [...command.argv, '30'] }));
    await waitUntil(() => command.count() > 0, 20_000);
    relayOf().blackHole(true);
    expect(await running).toEqual(isLost);
    expect(await settle(shell.run({ argv: ['true'] }))).toMatchObject({ code: 'ssh.timeout', exitCode: 6 });
    relayOf().blackHole(false);
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
    expect(command.count()).toBe(1);
  });

  it('that falls silent during the login is given up', async () => {
    const shell = open();
    const before = relayOf().passed.toServer;
    await shell.master.open();
    const ofLogin = relayOf().passed.toServer - before;
    await shell.master.exit();
    // Behind the exchange of keys, before the server has let us in.
    relayOf().breakAfter({ direction: 'toServer', bytes: ofLogin - 400, how: 'black-hole' });
    expect(await settle(shell.run({ argv: ['true'] }))).toMatchObject({ code: 'ssh.timeout', exitCode: 6 });
    relayOf().blackHole(false);
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
  });

  it('that is silent for a moment does no harm', async () => {
    const [shell, command] = [open(), once(variant(), 'silence')];
    const before = variant().countLogins();
    await shell.run({ argv: ['true'] });
    relayOf().blackHole(true);
    const running = shell.run({ argv: [...command.argv, '0'] });
    setTimeout(() => relayOf().blackHole(false), 500);
    expect((await running).exitCode).toBe(0);
    expect([command.count(), variant().countLogins()]).toEqual([1, before + 1]);
  });

  it('whose process was killed is opened again', async () => {
    const shell = open();
    const before = variant().countLogins();
    await shell.run({ argv: ['true'] });
    const { socket } = shell.master.places;
    const masters = clientsOf(socket).filter((pid) => readCommandLine(pid).includes('ControlMaster=yes'));
    expect(masters).toHaveLength(1);
    for (const pid of masters) process.kill(pid, 'SIGKILL');
    await clientsHaveEnded(socket);
    expect(existsSync(socket)).toBe(true);
    expect((await shell.run({ argv: ['true'] })).exitCode).toBe(0);
    expect(variant().countLogins()).toBe(before + 2);
  });

  describe('whose session is idle', () => {
    const later = () => shells.open({ host: 'dev', configFile: variant().sshConfig }, { leavesSession: true });
    const placeOf = () => `${open().master.places.socket}.idle`;
    const use = async (script: string): Promise<string> => {
      await using shell = later();
      return Buffer.from((await shell.run({ argv: ['sh', '-c', script] })).stdout).toString();
    };
    const idles = () => expect.poll(() => existsSync(placeOf()), { timeout: 20_000 });

    it('and that is cut costs the next command a login, and nothing else', async () => {
      await use('true');
      await idles().toBe(true);
      const before = variant().countLogins();
      relayOf().cut();
      await idles().toBe(false);
      expect(await use('echo well')).toBe('well\n');
      expect(variant().countLogins()).toBe(before + 1);
    });

    it('is asked first whether it is well, after a while', async () => {
      await use('true');
      await idles().toBe(true);
      const shell = Number(await use('ps -o ppid= -p "$PPID"'));
      process.kill(shell, 'SIGSTOP');
      const long = new Date(Date.now() - 60_000);
      utimesSync(join(placeOf(), 'facts'), long, long);
      try {
        expect(Number(await use('ps -o ppid= -p "$PPID"'))).not.toBe(shell);
      } finally {
        process.kill(shell, 'SIGCONT');
      }
    });
  });
});

describe('the limits of a connection', () => {
  const plain = useSshVariant(cluster);
  const own = useSshVariant(cluster, { clientSettings: ['ServerAliveInterval 7', 'ConnectTimeout 99'] });

  it("are ours where the user has none, and the user's where there are some", async () => {
    const limitsOf = async ({ sshConfig }: SshVariant) => {
      const { places } = shells.open({ host: 'dev', configFile: sshConfig }).master;
      const words = await run(['ssh', '-G', '-F', places.config, 'dev']);
      return words.match(/^(connecttimeout|serveralive\w+) \d+$/gm)?.sort();
    };
    const ours = ['connecttimeout 15', 'serveralivecountmax 3', 'serveraliveinterval 10'];
    expect(await limitsOf(plain())).toEqual(ours);
    expect(await limitsOf(own())).toEqual(['connecttimeout 99', 'serveralivecountmax 3', 'serveraliveinterval 7']);
  });
});

describe('a slow login', () => {
  const variant = useSshVariant(cluster, { shell: 'slow', relay: {} });

  it('that is cut off may have run the command, and says so', async () => {
    const [shell, command] = [shells.open({ host: 'dev', configFile: variant().sshConfig }), once(variant(), 'late')];
    const running = settle(shell.run({ argv: [...command.argv, '0'] }));
    await waitUntil(() => listProcesses().some(({ pid }) => readCommandLine(pid) === `sleep ${slowSeconds} `), 20_000);
    await sleep(500);
    variant().relay?.cut();
    expect(await running).toEqual(isLost);
    const isOver = () => !listProcesses().some(({ pid }) => readUid(pid) === statSync(variant().home).uid);
    expect(await waitUntil(isOver, 20_000)).toBe(true);
    expect(command.count()).toBeLessThanOrEqual(1);
  });
});

describe('a login shell', () => {
  const variant = useSshVariant(cluster, { shell: 'nologin' });

  it('that runs nothing is named as the cause, with its words', async () => {
    const shell = shells.open({ host: 'dev', configFile: variant().sshConfig });
    expect(await settle(shell.run({ argv: ['true'] }))).toMatchObject({
      code: 'ssh.no_shell',
      exitCode: 6,
      detail: expect.stringContaining('not available'),
    });
  });
});

describe('a server that ends', () => {
  it('takes its commands with it', async () => {
    await using variant = await startSshVariant(cluster());
    const shell = shells.open({ host: 'dev', configFile: variant.sshConfig });
    const command = once(variant, 'end');
    const running = settle(shell.run({ argv: [...command.argv, '30'] }));
    await waitUntil(() => command.count() > 0, 20_000);
    await variant.stop();
    expect(await running).toEqual(isLost);
  });
});
