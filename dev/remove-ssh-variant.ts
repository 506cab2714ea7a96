import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endMembers } from './end-members.ts';
import { type LoginAccount, removeAccount } from './login.ts';
import { mountsBelow } from './memory-cgroup.ts';
import { run } from './processes.ts';

/** Where the variants of a cluster live, each in a folder of its own. */
export function variantsFolder(clusterDir: string): string {
  return join(clusterDir, 'variants');
}

/** What ending a variant takes, written before anything is started. */
export function recordAccount(dir: string, account: LoginAccount): void {
  writeFileSync(join(dir, 'account.json'), JSON.stringify(account));
}

/** Those of test processes that died before they ended them. */
export async function removeSshVariants(clusterDir: string): Promise<void> {
  const folder = variantsFolder(clusterDir);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) await removeSshVariant(join(folder, name));
}

/** Ends its server and its sessions, and removes its account and its directory. Idempotent. */
export async function removeSshVariant(dir: string): Promise<void> {
  const record = join(dir, 'account.json');
  if (existsSync(record)) {
    const account = JSON.parse(readFileSync(record, 'utf8')) as LoginAccount;
    await endMembers(dir, account);
    for (const mountPoint of mountsBelow(dir)) await run(['umount', mountPoint]);
    await removeAccount(account);
  }
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
