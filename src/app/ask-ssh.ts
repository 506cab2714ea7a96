import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SrunxError } from '../core/errors.ts';
import { accountOf, type ProfileFields } from '../core/remote/profile.ts';
import { readSshSettings, type SshSettings } from '../core/remote/ssh-settings.ts';
import { renderSshConfig, type SshAccount, settingsArgs } from '../core/remote/ssh-words.ts';
import type { AppContext } from './app-context.ts';
import { expandHome } from './ssh-hosts.ts';

type Context = Pick<AppContext, 'env' | 'shell' | 'signal'>;

/** A `Match exec` of the user's may take its time. */
const timeoutMs = 5_000;

/** What ssh makes of a profile, without a connection. `undefined`: it does not say, or there is no ssh; that is no error. */
export async function askSsh(context: Context, profile: ProfileFields): Promise<SshSettings | undefined> {
  const account = accountOf(profile);
  if (account.host === '') return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'srunx-ssh-'));
  try {
    return await ask(context, account, join(directory, 'config'));
  } catch (error) {
    if (error instanceof SrunxError && !context.signal.aborted) return undefined;
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** With the configuration that connections have: ssh by itself goes by the account's home, whatever `HOME` says. */
async function ask(context: Context, account: SshAccount, config: string): Promise<SshSettings | undefined> {
  const home = context.env['HOME'] ?? '';
  const configFile = account.configFile && expandHome(account.configFile, home);
  writeFileSync(config, renderSshConfig({ account: { configFile }, home }));
  const argv = ['ssh', ...settingsArgs(account, { config })] as const;
  const { exitCode, stdout } = await context.shell('local').run({ argv, timeoutMs, signal: context.signal });
  return exitCode === 0 ? readSshSettings(new TextDecoder().decode(stdout)) : undefined;
}
