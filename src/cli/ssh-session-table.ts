import type { CommandEntry } from './define-command.ts';

/** The commands about connections. */
export const sshSessionTable: readonly CommandEntry[] = [
  {
    name: 'ssh login',
    summary: 'Log in once, with passwords and codes where they are asked for, for all commands that follow',
    load: async () => (await import('./commands/ssh-login.ts')).sshLogin,
  },
  {
    name: 'ssh logout',
    summary: 'Close the connection to an account',
    load: async () => (await import('./commands/ssh-logout.ts')).sshLogout,
  },
  {
    name: 'ssh test',
    summary: 'Connect to an account, and say who and where it is',
    load: async () => (await import('./commands/ssh-test.ts')).sshTest,
  },
  {
    name: 'ssh doctor',
    summary: 'Check each step of the way to a cluster, and what is at its end',
    load: async () => (await import('./commands/ssh-doctor.ts')).sshDoctor,
  },
];
