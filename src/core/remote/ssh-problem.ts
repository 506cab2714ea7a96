export type SshProblem =
  | 'host_key_changed'
  | 'host_key_unknown'
  | 'denied'
  | 'name'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'config'
  | 'no_session'
  | 'lost'
  | 'unknown';

const signs: readonly (readonly [SshProblem, RegExp])[] = [
  ['host_key_changed', /REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i],
  ['host_key_unknown', /Host key verification failed|No .* host key is known/i],
  ['no_session', /Session open refused|session request failed|session is not permitted/i],
  [
    'denied',
    /Permission denied|Too many authentication failures|no more authentication methods|Authentication failed/i,
  ],
  ['name', /Could not resolve hostname|Name or service not known/i],
  ['refused', /Connection refused/i],
  ['unreachable', /No route to host|Network is unreachable|Host is down/i],
  ['timeout', /timed out|Timeout, server .* not responding/i],
  [
    'config',
    /Bad configuration option|terminating, \d+ bad configuration|Bad owner or permissions|no argument after keyword|Can't open user config/i,
  ],
  [
    'lost',
    /Broken pipe|Connection (?:reset|closed)|closed by remote host|client_loop: send disconnect|kex_exchange_identification/i,
  ],
];

/** What ssh complains of. */
export function classifySshError(text: string): SshProblem {
  return signs.find(([, sign]) => sign.test(text))?.[0] ?? 'unknown';
}

/** Nothing was sent: there is no connection behind the socket, or it takes no more sessions. */
export function wasNeverSent(text: string): boolean {
  return /mux_client_|muxclient|Control socket|UNKNOWN port 65535|Session open refused|session request failed/i.test(
    text,
  );
}

/** What the machine on the way was at fault for, and nothing says why. */
export function isOfProxy(text: string): boolean {
  return /UNKNOWN port 65535/i.test(text);
}
