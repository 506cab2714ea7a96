import type { SshAccount } from './ssh-words.ts';

/** The account that a profile of the configuration describes. */
export function accountOf(profile: Readonly<Record<string, unknown>>, home: string): SshAccount {
  const text = (key: string) => {
    const value = profile[key];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const path = (key: string) => text(key)?.replace(/^~(?=\/|$)/, home);
  const alias = text('ssh_host');
  const configFile = path('ssh_config');
  if (alias !== undefined) return { host: alias, configFile };
  return {
    ...{ host: text('hostname') ?? '', user: text('username'), keyFile: path('key_filename'), configFile },
    ...{ port: typeof profile['port'] === 'number' ? profile['port'] : undefined, proxyJump: text('proxy_jump') },
  };
}
