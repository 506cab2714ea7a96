import { ConnectionError, RefusedError, type SrunxError } from '../../core/errors.ts';
import { classifySshError, type SshProblem } from '../../core/remote/ssh-problem.ts';
import type { ShellCommand } from '../shell.ts';

interface Failure {
  /** The profile. */
  readonly name: string;
  /** Of the machine, as the user calls it. */
  readonly host: string;
  /** What ssh said. */
  readonly words: string;
}

const hints: Readonly<Record<SshProblem, (failure: Failure) => string>> = {
  host_key_changed: ({ host }) =>
    `Ask its administrator whether the key was changed; if so, remove the old one with \`ssh-keygen -R ${host}\`.`,
  host_key_unknown: ({ name }) =>
    `Run \`srunx ssh login ${name}\`, which shows its fingerprint and asks, or set SRUNX_SSH_HOST_KEY_POLICY=accept-new.`,
  denied: ({ name }) =>
    `Run \`srunx ssh login ${name}\` if it wants a password or a code; then check the account and the key.`,
  name: () => 'Check the name; `srunx ssh show` shows what is configured.',
  refused: () => 'Check the port, and that an ssh server runs there.',
  unreachable: () => 'Check the network, or the VPN.',
  timeout: () => 'Check the network, or the VPN, and try again.',
  config: () => 'Correct the configuration of ssh.',
  no_session: ({ name }) =>
    `Close other sessions on this connection, or try again in a moment; \`srunx ssh logout ${name}\` ends all of them.`,
  lost: () => 'Try again; the network may have been interrupted.',
  unknown: ({ name }) => `Run \`srunx ssh doctor ${name}\`, which looks at each step.`,
};

const what: Readonly<Record<SshProblem, string>> = {
  host_key_changed: 'shows another host key than before: somebody may be listening',
  host_key_unknown: 'shows a host key that is not known here',
  denied: 'does not let us in without a person',
  name: 'has a name that is not known',
  refused: 'takes no connection',
  unreachable: 'cannot be reached',
  timeout: 'does not answer',
  config: 'cannot be reached with this configuration of ssh',
  no_session: 'takes no more sessions',
  lost: 'closed the connection',
  unknown: 'cannot be reached',
};

/** No connection came about: nothing was done there. */
export function notConnected(failure: Failure): SrunxError {
  const problem = classifySshError(failure.words);
  const detail = problem === 'no_session' ? withoutProxy(failure.words) : failure.words;
  return new ConnectionError(`${placeOf(failure)} ${what[problem]}`, {
    code: `ssh.${problem}`,
    ...(detail === '' ? {} : { detail }),
    hint: hints[problem](failure),
  });
}

/** Without what comes of our forbidding ssh to log in anew. */
function withoutProxy(words: string): string {
  const isOurs = (line: string) => /exec: |kex_exchange_identification|UNKNOWN port 65535/.test(line);
  return words
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n');
}

/** The login came about, but no command did. */
export function noShell(failure: Failure): SrunxError {
  return new ConnectionError(`${placeOf(failure)} let us in, but its login shell runs no commands`, {
    code: 'ssh.no_shell',
    ...(failure.words === '' ? {} : { detail: failure.words }),
    hint: `Try \`ssh ${failure.host} true\`, and look at the start-up files of the account.`,
  });
}

/** It dropped while a command ran: nobody knows how far that got, so nothing is done again. */
export function connectionLost(failure: Failure, { argv: [command], together }: ShellCommand): SrunxError {
  // Of a script of ours the name of its shell says nothing.
  const when = command === 'sh' ? 'in the middle of a command' : `while ${command} ran`;
  return new ConnectionError(`the connection to ${placeOf(failure)} was lost ${when}`, {
    code: 'ssh.connection_lost',
    ...(failure.words === '' ? {} : { detail: failure.words }),
    hint:
      together === true
        ? 'It was only asked something: run the command again.'
        : 'Whether it took effect is not known: look before doing it again; what was to be submitted is in `srunx history`.',
  });
}

/** A host that is no profile has one name only. */
function placeOf({ name, host }: Failure): string {
  return name === host ? host : `${name} (${host})`;
}

/** Not a private directory of ours: whoever owns it could listen. */
export function unsafeDirectory(path: string): RefusedError {
  return new RefusedError(`${path} is not a directory that only this account can use`, {
    code: 'ssh.unsafe_directory',
    hint: 'Remove it, or set XDG_RUNTIME_DIR to a private directory.',
  });
}
