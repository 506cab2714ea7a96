import { execFile } from 'node:child_process';
import type { SshVariant } from '../../dev/ssh-variants.ts';

export interface PlainAnswer {
  /** 255: ssh itself has failed. */
  readonly code: number;
  /** One character per byte. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A command by plain ssh, with no connection shared. Nothing is asked of a person, unless `options` say so. */
export function plainSsh(
  { sshConfig }: Pick<SshVariant, 'sshConfig'>,
  command: string,
  { host = 'dev', options = ['-oBatchMode=yes'], env = {} }: PlainOptions = {},
): Promise<PlainAnswer> {
  return new Promise((resolve) => {
    const child = execFile(
      'ssh',
      ['-F', sshConfig, ...options, host, command],
      { encoding: 'latin1', env: { ...process.env, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

interface PlainOptions {
  readonly host?: string;
  readonly options?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}
