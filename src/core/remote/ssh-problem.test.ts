import { expect, it } from 'vitest';
import { classifySshError, type SshProblem, wasNeverSent } from './ssh-problem.ts';

it.each<[SshProblem, string]>([
  ['host_key_changed', '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.'],
  [
    'host_key_unknown',
    'No ED25519 host key is known for [h]:22 and you have requested strict checking.\nHost key verification failed.',
  ],
  ['denied', 'ada@h: Permission denied (publickey,keyboard-interactive).'],
  ['denied', 'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures'],
  ['name', 'ssh: Could not resolve hostname nowhere.invalid: Name or service not known'],
  ['refused', 'ssh: connect to host h port 9: Connection refused'],
  ['unreachable', 'ssh: connect to host h port 22: No route to host'],
  ['timeout', 'ssh: connect to host h port 22: Connection timed out'],
  [
    'config',
    '/home/ada/.ssh/config: line 3: Bad configuration option: hostt\nterminating, 1 bad configuration options',
  ],
  ['no_session', 'mux_client_request_session: session request failed: Session open refused by peer'],
  ['lost', 'kex_exchange_identification: Connection closed by remote host'],
  ['unknown', 'something else'],
])('%s: %s', (problem, words) => {
  expect(classifySshError(words)).toBe(problem);
});

it.each([
  ['Control socket connect(/run/x): Connection refused\nConnection closed by UNKNOWN port 65535', true],
  ['mux_client_request_session: session request failed: Session open refused by peer', true],
  ['client_loop: send disconnect: Broken pipe', false],
  ['', false],
])('of what was never sent, ssh says %j: %s', (words, expected) => {
  expect(wasNeverSent(words)).toBe(expected);
});
