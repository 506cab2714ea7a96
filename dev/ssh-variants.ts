import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BadHome, spoilHome } from './bad-homes.ts';
import { makeFolder } from './cluster-directory.ts';
import { startDaemon } from './daemon.ts';
import type { DevCluster } from './dev-cluster.ts';
import { findFreePorts } from './free-ports.ts';
import { chooseAccount, type LoginAccount, prepareLogin, renderHost } from './login.ts';
import { type LoginShell, prepareShell } from './login-shells.ts';
import { run } from './processes.ts';
import { recordAccount, removeSshVariant, variantsFolder } from './remove-ssh-variant.ts';
import { createCode, prepareSecondFactor, secondFactorSettings, withRules } from './second-factor.ts';
import { slurmEnv, sshd } from './services.ts';
import { startTcpRelay, type TcpRelay } from './tcp-relay.ts';

export interface SshVariantOptions {
  /** Of the account. Anything but bash needs root. Default bash. */
  readonly shell?: LoginShell;
  /** Behind the key, a code is asked for: see `createCode`. Needs root. */
  readonly secondFactor?: boolean;
  /** So many sessions on one connection. Default: OpenSSH's, ten. */
  readonly maxSessions?: number;
  /** Needs root. */
  readonly home?: BadHome;
  /** Lines for the host `dev` in the client's configuration. */
  readonly clientSettings?: readonly string[];
  /** A relay between client and server, in this process. */
  readonly relay?: { readonly delayMs?: number };
  /** Another server and account to jump over: `dev-via-jump` of the configuration. */
  readonly jump?: boolean;
}

/** What the client knows of the server's key. */
export type KnownKey = 'known' | 'unknown' | 'changed';

/** One more sshd beside a running cluster, with an account of its own (if we are root) that sees the same Slurm. */
export interface SshVariant extends AsyncDisposable {
  readonly dir: string;
  readonly user: string;
  readonly home: string;
  /** Has the host `dev`, and `dev-via-jump` and `dev-jump` where there is one. */
  readonly sshConfig: string;
  /** Where clients connect to. */
  readonly port: number;
  readonly relay: TcpRelay | undefined;
  readonly jump: SshVariant | undefined;
  setKnownKey(how: KnownKey): void;
  /** A code that is good for one login; for those with a second factor. */
  createCode(): string;
  /** How often somebody has logged in. */
  countLogins(): number;
  /** Ends everything and leaves nothing behind. Idempotent. */
  stop(): Promise<void>;
}

/** Starts it; when that fails nothing stays behind. What dies without ending it leaves it to the end of the cluster. */
export async function startSshVariant(cluster: DevCluster, options: SshVariantOptions = {}): Promise<SshVariant> {
  const needsRoot = (options.shell ?? 'bash') !== 'bash' || options.secondFactor === true || options.home !== undefined;
  if (needsRoot && process.getuid?.() !== 0) throw new Error('this variant needs an account of its own, and so root');
  const id = randomBytes(3).toString('hex');
  const dir = join(variantsFolder(cluster.dir), id);
  if (!existsSync(variantsFolder(cluster.dir))) makeFolder(variantsFolder(cluster.dir));
  makeFolder(dir);
  const account = chooseAccount(dir, id);
  recordAccount(dir, account);
  for (const folder of ['log', 'pid', 'ssh']) makeFolder(join(dir, folder));
  const [serverPort = 0] = await findFreePorts(1);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => removeSshVariant(dir));
  const relay =
    options.relay === undefined ? undefined : await startTcpRelay({ ...options.relay, targetPort: serverPort });
  if (relay !== undefined) undo.use(relay);
  const port = relay?.port ?? serverPort;
  await startServer(
    { dir, account, serverPort, clientPort: port, slurmConf: slurmEnv(cluster.dir).SLURM_CONF },
    options,
  );
  const jump = options.jump === true ? undo.use(await startSshVariant(cluster)) : undefined;
  if (jump !== undefined) addJump(dir, { user: account.user, port, jump });
  return toVariant({ dir, account, port, relay, jump }, undo.move());
}

interface ServerFacts {
  readonly dir: string;
  readonly account: LoginAccount;
  readonly serverPort: number;
  readonly clientPort: number;
  readonly slurmConf: string;
}

async function startServer(facts: ServerFacts, options: SshVariantOptions): Promise<void> {
  const { dir, account, serverPort } = facts;
  const { shell = 'bash', secondFactor = false, maxSessions, home, clientSettings } = options;
  const { program, files = {} } = await prepareShell(shell, dir);
  const serverSettings = [
    ...(secondFactor ? secondFactorSettings : []),
    ...(maxSessions === undefined ? [] : [`MaxSessions ${maxSessions}`]),
  ];
  await prepareLogin(dir, { ...facts, shell: program, serverSettings, clientSettings });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(account.home, name), content);
    await run(['chown', `${account.user}:`, join(account.home, name)]);
  }
  if (home !== undefined) await spoilHome(account, home);
  if (secondFactor) prepareSecondFactor(dir);
  const command = sshd(dir, serverPort);
  await startDaemon(dir, secondFactor ? { ...command, argv: withRules(dir, command.argv) } : command);
}

interface VariantFacts {
  readonly dir: string;
  readonly account: LoginAccount;
  readonly port: number;
  readonly relay: TcpRelay | undefined;
  readonly jump: SshVariant | undefined;
}

function toVariant({ dir, account, ...facts }: VariantFacts, resources: AsyncDisposableStack): SshVariant {
  const knownHosts = join(dir, 'ssh', 'known_hosts');
  const known = readFileSync(knownHosts, 'utf8');
  const changed = known.replace(/ \S+ \S+/, ` ${readFileSync(join(dir, 'ssh', 'user_key.pub'), 'utf8').trim()}`);
  const texts: Readonly<Record<KnownKey, string>> = { known, changed, unknown: '' };
  const stop = () => resources.disposeAsync();
  return {
    ...facts,
    dir,
    user: account.user,
    home: account.home,
    sshConfig: join(dir, 'ssh', 'config'),
    setKnownKey: (how) => writeFileSync(knownHosts, texts[how]),
    createCode: () => createCode(dir),
    countLogins: () => countLogins(dir),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** How often somebody has logged in to the server of this directory, a cluster's or a variant's. */
export function countLogins(dir: string): number {
  return readFileSync(join(dir, 'log', 'sshd.log'), 'utf8').match(/^Accepted /gm)?.length ?? 0;
}

interface Target {
  readonly user: string;
  readonly port: number;
  readonly jump: SshVariant;
}

function addJump(dir: string, { user, port, jump }: Target): void {
  const entries = [
    renderHost(jump.dir, { alias: 'dev-jump', user: jump.user, port: jump.port }),
    renderHost(dir, { alias: 'dev-via-jump', user, port, settings: ['ProxyJump dev-jump'] }),
  ];
  appendFileSync(join(dir, 'ssh', 'config'), entries.join(''));
}
