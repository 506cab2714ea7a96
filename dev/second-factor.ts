import { randomInt } from 'node:crypto';
import { appendFileSync, chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './cluster-directory.ts';

/** Lines of the server's configuration: the key alone does not do. */
export const secondFactorSettings: readonly string[] = [
  'UsePAM yes',
  'KbdInteractiveAuthentication yes',
  'AuthenticationMethods publickey,keyboard-interactive',
];

/** What sshd says before it asks. */
export const codePrompt = 'Code of your dev token';

/** The rules of PAM that ask for a code, and no codes yet. */
export function prepareSecondFactor(dir: string): void {
  const pam = rulesFolder(dir);
  makeFolder(pam);
  writeFileSync(join(pam, 'codes'), '', { mode: 0o600 });
  // A code is good for one login.
  const check = [
    '#!/bin/sh',
    `cd ${pam} || exit 1`,
    "code=$(tr -d '\\0')",
    'grep -qxF -e "$code" codes || exit 1',
    'grep -vxF -e "$code" codes >codes.left',
    'mv codes.left codes',
    '',
  ];
  writeFileSync(join(pam, 'check-code'), check.join('\n'));
  chmodSync(join(pam, 'check-code'), 0o700);
  writeFileSync(
    join(pam, 'sshd'),
    [
      `auth optional pam_echo.so ${codePrompt}`,
      `auth requisite pam_exec.so quiet expose_authtok ${pam}/check-code`,
      // The two before have nothing to say about what follows a login.
      'auth required pam_permit.so',
      'account required pam_permit.so',
      'session required pam_permit.so',
      'password required pam_deny.so',
      '',
    ].join('\n'),
  );
}

/** A code that is good for one login. */
export function createCode(dir: string): string {
  const code = String(randomInt(10_000_000, 100_000_000));
  appendFileSync(join(rulesFolder(dir), 'codes'), `${code}\n`);
  return code;
}

/**
 * PAM reads its rules from one folder of the system. The server that is started by these words sees ours in its place, because it has a
 * mount namespace of its own.
 */
export function withRules(dir: string, argv: readonly string[]): [string, ...string[]] {
  const script = 'mount --bind "$1" /etc/pam.d; shift; exec "$@"';
  return ['unshare', '--mount', 'sh', '-ec', script, 'sh', rulesFolder(dir), ...argv];
}

function rulesFolder(dir: string): string {
  return join(dir, 'pam.d');
}
