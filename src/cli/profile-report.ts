import type { ShownProfile } from '../app/show-profile.ts';
import { type Address, addressText } from '../core/remote/address-text.ts';
import { type Mount, type MountOptions, mountOptions, type Profile } from '../core/remote/profile.ts';
import type { SshSettings } from '../core/remote/ssh-settings.ts';
import type { Field, Listing } from './field.ts';
import { printable } from './table.ts';

export const profileListing: Listing<ShownProfile> = {
  fields: [
    { key: 'name', title: 'PROFILE', json: ({ profile }) => profile.name },
    { key: 'connection', title: 'CONNECTION', json: ({ profile }) => connectionText(profile) ?? null },
    {
      ...{ key: 'current', title: 'CURRENT', json: ({ isCurrent }: ShownProfile) => isCurrent, drop: 1 },
      text: ({ isCurrent }) => (isCurrent ? 'yes' : '-'),
    },
    { key: 'description', title: 'DESCRIPTION', json: ({ profile }) => profile.description, elastic: true, drop: 3 },
    { key: 'mounts', title: 'MOUNTS', json: ({ profile }) => profile.mounts.map(({ name }) => name), drop: 2 },
    { key: 'ssh_host', title: 'SSH HOST', json: ({ profile }) => profile.ssh_host },
    { key: 'hostname', title: 'HOST', json: ({ profile }) => profile.hostname },
    { key: 'username', title: 'USER', json: ({ profile }) => profile.username },
    { key: 'port', title: 'PORT', json: ({ profile }) => profile.port },
    { key: 'key_filename', title: 'KEY', json: ({ profile }) => profile.key_filename },
    { key: 'proxy_jump', title: 'JUMP', json: ({ profile }) => profile.proxy_jump },
    { key: 'run_dir', title: 'RUN DIR', json: ({ profile }) => profile.run_dir },
    { key: 'ssh_config', title: 'SSH CONFIG', json: ({ profile }) => profile.ssh_config },
    { key: 'problems', title: 'PROBLEMS', json: ({ problems }) => problems },
  ],
  table: ['name', 'connection', 'current', 'mounts', 'description'],
  id: ({ profile }) => profile.name,
};

function connectionText(profile: Profile): string | undefined {
  const { ssh_host: host, hostname, username, port, proxy_jump: jump } = profile;
  if (host !== undefined) return `ssh host ${host}`;
  return hostname === undefined ? undefined : wayText({ hostname, user: username, port, proxyJump: jump });
}

/** `ada@login.example:2222 over gate` */
function wayText({ proxyJump, ...address }: Address & { readonly proxyJump: string | undefined }): string {
  return `${addressText(address)}${proxyJump === undefined ? '' : ` over ${proxyJump}`}`;
}

/** A profile, and what ssh makes of it, where it says so. */
export interface ProfileView extends ShownProfile {
  readonly settings: SshSettings | undefined;
}

export function profileJson({ profile, isCurrent, problems, settings }: ProfileView): Record<string, unknown> {
  const { name, mounts, mountOptions: _, ...fields } = profile;
  const absent = {
    ...{ ssh_host: null, hostname: null, username: null, port: null, key_filename: null, proxy_jump: null },
    ...{ description: null, run_dir: null, ssh_config: null },
  };
  return {
    ...{ name, current: isCurrent, ...absent, ...fields },
    mounts: mounts.map((mount) => mountJson(mount, mountOptions(profile, mount.name))),
    resolved:
      settings === undefined
        ? null
        : {
            ...{ hostname: settings.hostname, username: settings.user, port: settings.port },
            proxy_jump: settings.proxyJump ?? null,
          },
    problems,
  };
}

function mountJson({ name, local, remote, exclude_patterns }: Mount, options: MountOptions): Record<string, unknown> {
  return { name, local, remote, exclude_patterns, ...options };
}

export function profileText({ profile, isCurrent, problems, settings }: ProfileView): string {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['description', profile.description],
    ['ssh host', profile.ssh_host],
    ['machine', profile.hostname],
    ['account', profile.username],
    ['port', profile.port],
    ['key', profile.key_filename],
    ['jump', profile.proxy_jump],
    ['runs', profile.run_dir],
    ['ssh config', profile.ssh_config],
    ['leads to', settings === undefined ? undefined : wayText(settings)],
    ...profile.mounts.map((mount) => [`mount ${mount.name}`, mountText(mount, profile)] as const),
    ...problems.map((problem) => ['problem', problem] as const),
  ];
  const given = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(...given.map(([title]) => printable(title).length));
  const lines = given.map(([title, value]) => `  ${printable(title).padEnd(width)}  ${printable(String(value))}`);
  return [`${printable(profile.name)}${isCurrent ? ' (current)' : ''}`, ...lines].join('\n');
}

function mountText({ name, local, remote, exclude_patterns: patterns }: Mount, profile: Profile): string {
  const { snapshot, gitignore } = mountOptions(profile, name);
  const left = [...patterns, ...(gitignore ? ['what .gitignore files name'] : [])];
  const without = left.length === 0 ? '' : `, without ${left.join(', ')}`;
  return `${local} -> ${remote}${without}${snapshot ? ', with snapshots' : ''}`;
}

export interface MountRow {
  readonly profile: string;
  readonly mount: Mount;
  readonly options: MountOptions;
}

export const mountListing: Listing<MountRow> = {
  fields: [
    { key: 'name', title: 'MOUNT', json: ({ mount }) => mount.name },
    { key: 'local', title: 'LOCAL', json: ({ mount }) => mount.local, elastic: true },
    { key: 'remote', title: 'REMOTE', json: ({ mount }) => mount.remote, elastic: true },
    {
      ...{ key: 'exclude_patterns', title: 'EXCLUDES', elastic: true, drop: 1 },
      json: ({ mount }) => mount.exclude_patterns,
    },
    flag('gitignore', 'GITIGNORE'),
    flag('snapshot', 'SNAPSHOT'),
    { key: 'profile', title: 'PROFILE', json: ({ profile }) => profile },
  ],
  table: ['name', 'local', 'remote', 'exclude_patterns', 'gitignore', 'snapshot'],
  id: ({ mount }) => mount.name,
};

function flag(key: keyof MountOptions, title: string): Field<MountRow> {
  return {
    key,
    title,
    drop: 2,
    json: ({ options }) => options[key],
    text: ({ options }) => (options[key] ? 'yes' : '-'),
  };
}
