/** What ssh itself makes of an account: `ssh -G`. */
export interface SshSettings {
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  /** `undefined`: straight there. */
  readonly proxyJump: string | undefined;
}

/** `undefined` where the text is no answer of ssh. */
export function readSshSettings(text: string): SshSettings | undefined {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    // Of what comes more than once, the first one counts.
    if (at > 0 && !settings.has(line.slice(0, at))) settings.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  const [hostname, user, port] = ['hostname', 'user', 'port'].map((key) => settings.get(key));
  if (hostname === undefined || user === undefined || !/^\d+$/.test(port ?? '')) return undefined;
  const jump = settings.get('proxyjump');
  return { hostname, user, port: Number(port), proxyJump: jump === 'none' ? undefined : jump };
}
