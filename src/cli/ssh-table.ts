import type { CommandEntry } from './define-command.ts';

/** The commands of logins on other machines. */
export const sshTable: readonly CommandEntry[] = [
  {
    name: 'ssh add',
    summary: 'Keep a login on another machine as a profile',
    load: async () => (await import('./commands/ssh-add.ts')).sshAdd,
  },
  {
    name: 'ssh list',
    summary: 'List the profiles and what is wrong with any',
    load: async () => (await import('./commands/ssh-list.ts')).sshList,
  },
  {
    name: 'ssh show',
    summary: 'Show a profile, its mounts, and where ssh says that it leads',
    load: async () => (await import('./commands/ssh-show.ts')).sshShow,
  },
  {
    name: 'ssh use',
    summary: 'Choose the profile that counts where none is named',
    load: async () => (await import('./commands/ssh-use.ts')).sshUse,
  },
  {
    name: 'ssh update',
    summary: 'Change or clear fields of a profile',
    load: async () => (await import('./commands/ssh-update.ts')).sshUpdate,
  },
  {
    name: 'ssh rename',
    summary: 'Give a profile another name',
    load: async () => (await import('./commands/ssh-rename.ts')).sshRename,
  },
  {
    name: 'ssh remove',
    summary: 'Forget a profile',
    load: async () => (await import('./commands/ssh-remove.ts')).sshRemove,
  },
  {
    name: 'ssh import',
    summary: 'Make profiles of hosts in your configuration of ssh',
    load: async () => (await import('./commands/ssh-import.ts')).sshImport,
  },
  {
    name: 'ssh sync',
    summary: 'Send what has changed in a mount to the cluster, or bring it here',
    asks: true,
    load: async () => (await import('./commands/ssh-sync.ts')).sshSync,
  },
  {
    name: 'ssh inspect',
    summary: 'Compare the two ends of a mount',
    asks: true,
    load: async () => (await import('./commands/ssh-inspect.ts')).sshInspect,
  },
  {
    name: 'ssh mount add',
    summary: 'Pair a directory here with one on the cluster',
    load: async () => (await import('./commands/ssh-mount-add.ts')).sshMountAdd,
  },
  {
    name: 'ssh mount update',
    summary: 'Change a mount of a profile; no file is touched',
    load: async () => (await import('./commands/ssh-mount-update.ts')).sshMountUpdate,
  },
  {
    name: 'ssh mount list',
    summary: 'List the mounts of a profile',
    load: async () => (await import('./commands/ssh-mount-list.ts')).sshMountList,
  },
  {
    name: 'ssh mount remove',
    summary: 'Forget a mount; no file is touched',
    load: async () => (await import('./commands/ssh-mount-remove.ts')).sshMountRemove,
  },
  {
    name: 'ssh secret set',
    summary: 'Keep a secret on the cluster: a variable for all jobs that go there over ssh',
    load: async () => (await import('./commands/ssh-secret-set.ts')).sshSecretSet,
  },
  {
    name: 'ssh secret list',
    summary: 'List the names of the secrets that are kept on the cluster',
    load: async () => (await import('./commands/ssh-secret-list.ts')).sshSecretList,
  },
  {
    name: 'ssh secret unset',
    summary: 'Remove secrets from the cluster',
    load: async () => (await import('./commands/ssh-secret-unset.ts')).sshSecretUnset,
  },
];
