import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './cluster-directory.ts';

/** What XDG_CONFIG_HOME may be set to, so that srunx knows the account of the cluster as its profile `dev`. */
export function configHome(dir: string): string {
  return join(dir, 'config');
}

export function writeClientConfig(dir: string): void {
  const folder = join(configHome(dir), 'srunx');
  for (const path of [configHome(dir), folder]) makeFolder(path, 0o700);
  const profile = {
    ...{ hostname: '', username: '', key_filename: '', port: 22, description: 'the development cluster, over ssh' },
    ...{ ssh_host: 'dev', proxy_jump: null, mounts: [] },
  };
  const files = {
    'config.json': { current_profile: null, profiles: { dev: profile } },
    'extra.json': { profiles: { dev: { ssh_config: join(dir, 'ssh', 'config') } } },
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  }
}
