/** An account behind ssh, as the user has described it. What is absent, OpenSSH's own configuration says. */
export interface SshAccount {
  /** A machine, or a host of the configuration. */
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly keyFile?: string | undefined;
  readonly proxyJump?: string | undefined;
  /** In the place of `~/.ssh/config`. */
  readonly configFile?: string | undefined;
}

/** Whether the key of a machine that nobody has met before is taken. */
export const hostKeyPolicies = ['reject', 'accept-new', 'warn'] as const;
export type HostKeyPolicy = (typeof hostKeyPolicies)[number];

const strictness: Readonly<Record<HostKeyPolicy, string>> = { reject: 'yes', 'accept-new': 'accept-new', warn: 'no' };

export interface SshConfigOptions {
  readonly account: Pick<SshAccount, 'configFile'>;
  /** Absent: as the user has configured it, and a person is asked. */
  readonly hostKeys?: HostKeyPolicy | undefined;
  /** Of the user, absolute. */
  readonly home: string;
}

/**
 * A configuration around the user's own. It is given to ssh as a file, because that is what holds for each machine on the way:
 * options on the command line say nothing to those that are jumped over.
 */
export function renderSshConfig({ account, hostKeys, home }: SshConfigOptions): string {
  const files =
    account.configFile === undefined ? [`${home}/.ssh/config`, '/etc/ssh/ssh_config'] : [account.configFile];
  return [
    ...(hostKeys === undefined ? [] : [`StrictHostKeyChecking ${strictness[hostKeys]}`]),
    ...files.map((file) => `Include "${file}"`),
    // Where the user says nothing, for the first that is said counts.
    'ConnectTimeout 15',
    // A connection that is dead is noticed before most commands have had their time.
    'ServerAliveInterval 10',
    'ServerAliveCountMax 3',
    '',
  ].join('\n');
}

/** What of the user's configuration would be in the way of commands that nobody types. */
const quietOptions = [
  ...['ForkAfterAuthentication=no', 'RemoteCommand=none', 'RequestTTY=no', 'StdinNull=no'],
  ...['ClearAllForwardings=yes', 'ForwardX11=no', 'PermitLocalCommand=no', 'VisualHostKey=no'],
].flatMap((option) => ['-o', option]);

export interface SshPlaces {
  /** Of the configuration around the user's own. */
  readonly config: string;
  /** Socket of the connection that all share. */
  readonly socket: string;
}

/** The words that say where to; the last of them may be followed by a command. */
function destination(account: SshAccount): string[] {
  return [
    ...(account.port === undefined ? [] : ['-p', `${account.port}`]),
    ...(account.user === undefined ? [] : ['-l', account.user]),
    ...(account.keyFile === undefined ? [] : ['-i', account.keyFile]),
    '--',
    account.host,
  ];
}

export interface LoginOptions {
  /** Passwords, codes and passphrases may be asked for. */
  readonly interactive: boolean;
  /** Seconds for which the connection stays after its last use. */
  readonly persist: number;
}

/** Logs in, and leaves a connection behind that others use. */
export function loginArgs(account: SshAccount, places: SshPlaces, { interactive, persist }: LoginOptions): string[] {
  return [
    ...['-F', places.config, ...quietOptions, '-o', 'ControlMaster=yes', '-o', `ControlPath=${places.socket}`],
    ...['-o', `ControlPersist=${persist}`, '-o', `BatchMode=${interactive ? 'no' : 'yes'}`, '-f', '-N', '-T'],
    ...(account.proxyJump === undefined ? [] : ['-J', account.proxyJump]),
    ...destination(account),
  ];
}

/** Logs in as `loginArgs` does, but leaves nothing behind, and says all that goes wrong on the way. */
export function probeArgs(account: SshAccount, { config }: SshPlaces): string[] {
  return [
    ...['-F', config, ...quietOptions, '-o', 'ControlMaster=no', '-o', 'ControlPath=none', '-o', 'BatchMode=yes', '-T'],
    ...(account.proxyJump === undefined ? [] : ['-J', account.proxyJump]),
    ...[...destination(account), 'exit 0'],
  ];
}

/** Runs a command over the connection that is there, and never makes one of its own. */
export function sessionArgs(account: SshAccount, places: SshPlaces, command: string): string[] {
  return [...wayArgs(account, places), account.host, command];
}

/** The same up to the host, for programs that name it themselves. */
export function wayArgs(account: SshAccount, places: SshPlaces): string[] {
  return [
    ...['-F', places.config, ...quietOptions, '-o', 'ControlMaster=no', '-o', `ControlPath=${places.socket}`],
    // Without the connection ssh would log in anew, for this one command.
    ...['-o', 'ProxyCommand=exit 1', '-o', 'BatchMode=yes', '-o', 'EscapeChar=none', '-T'],
    ...destination(account).slice(0, -1),
  ];
}

/** Asks or tells the connection: `check`, `exit`, `stop`. */
export function controlArgs(account: SshAccount, places: SshPlaces, word: 'check' | 'exit' | 'stop'): string[] {
  return ['-F', places.config, '-o', `ControlPath=${places.socket}`, '-O', word, ...destination(account)];
}

/** Asks ssh what it makes of the account, without a connection. */
export function settingsArgs(account: SshAccount, { config }: Pick<SshPlaces, 'config'>): string[] {
  return [
    ...['-G', '-F', config],
    ...(account.proxyJump === undefined ? [] : ['-J', account.proxyJump]),
    ...destination(account),
  ];
}

/** What every login shell understands: a POSIX shell in its place, which reads what it is told. */
export const remoteCommand = 'exec /bin/sh';

/**
 * The same, for a shell that is told something already by the request: what it reads arrives a round trip later, because the other end
 * takes no input before it has begun. None of the characters is left that a login shell might take in its own way.
 *
 * @param text without lone surrogates
 */
export function remoteCommandWith(text: string): string {
  const octal = (hex: string) => `\\0${Number.parseInt(hex, 16).toString(8).padStart(3, '0')}`;
  const word = text.replace(/[^ -~]+|[!'\\]/g, (part) =>
    (percentOf[part] ?? encodeURIComponent(part)).replace(/%(..)/g, (_, hex: string) => octal(hex)),
  );
  return `${remoteCommand} -c 'eval "$(printf %b "$0")"' '${word}'`;
}

/** Of what `encodeURIComponent` leaves as it is. */
const percentOf: Readonly<Record<string, string>> = { '!': '%21', "'": '%27' };
