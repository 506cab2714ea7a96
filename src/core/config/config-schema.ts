import { containerRuntimes } from '../job/container.ts';
import { ownVariableName } from '../job/variable-name.ts';

/** What a value must be. */
export type ConfigKind =
  | 'text'
  | 'secret'
  | 'value'
  | 'mounts'
  | 'texts'
  | 'flag'
  | 'count'
  | 'amount'
  | 'port'
  | 'memory'
  | 'time'
  | { readonly oneOf: readonly string[] };

/** One key of the configuration. */
export interface ConfigLeaf {
  readonly kind: ConfigKind;
  readonly description: string;
  /** The variable that sets it, above all files. */
  readonly variable?: string;
  /** The reference does not know it and would drop it on saving: it lives in `extra.json`. */
  readonly extra?: true;
  /** Not taken from a project's file that nobody has trusted: it could change what runs, or where. */
  readonly risky?: true;
}

/** A tree of keys: fixed names, or names that the user chooses. */
export type ConfigNode =
  | { readonly leaf: ConfigLeaf }
  | { readonly group: Readonly<Record<string, ConfigNode>> }
  | { readonly each: ConfigNode; readonly names: RegExp; readonly what: string };

type LeafOptions = Omit<ConfigLeaf, 'kind' | 'description'>;

function leaf(kind: ConfigKind, description: string, options: LeafOptions = {}): ConfigNode {
  return { leaf: { kind, description, ...options } };
}

const group = (keys: Readonly<Record<string, ConfigNode>>): ConfigNode => ({ group: keys });

const risky = { risky: true } as const;
const extra = { extra: true } as const;
const own = (name: string) => ({ variable: `SRUNX_DEFAULT_${name}` });

const variables = (description: string, marks: LeafOptions = {}): ConfigNode => ({
  each: leaf('value', description, { ...risky, ...marks }),
  names: ownVariableName,
  what: 'a variable: letters, digits and _, not beginning with a digit, SLURM_ or SBATCH_',
});

function resources(variable: (name: string) => LeafOptions, marks: LeafOptions = {}): ConfigNode {
  const key = (kind: ConfigKind, description: string, name: string) =>
    leaf(kind, description, { ...variable(name), ...marks });
  return group({
    nodes: key('count', 'nodes of a job', 'NODES'),
    gpus_per_node: key('amount', 'GPUs on each node', 'GPUS_PER_NODE'),
    ntasks_per_node: key('count', 'tasks on each node', 'NTASKS_PER_NODE'),
    cpus_per_task: key('count', 'CPUs for each task', 'CPUS_PER_TASK'),
    memory_per_node: key('memory', 'memory on each node, such as 32G', 'MEMORY_PER_NODE'),
    time_limit: key('time', 'time limit, such as 2:00:00', 'TIME_LIMIT'),
    nodelist: key('text', 'nodes to run on', 'NODELIST'),
    partition: key('text', 'partition', 'PARTITION'),
  });
}

function environment(variable: (name: string) => LeafOptions, marks: LeafOptions = {}): ConfigNode {
  const one = (kind: ConfigKind, description: string, options: LeafOptions = {}) =>
    leaf(kind, description, { ...risky, ...options, ...marks });
  return group({
    conda: one('text', 'conda environment to activate', variable('CONDA')),
    venv: one('text', 'virtual environment to activate', variable('VENV')),
    env_vars: variables('a variable of every job', marks),
    container: group({
      runtime: one({ oneOf: containerRuntimes }, 'how the container is started', variable('CONTAINER_RUNTIME')),
      image: one('text', 'the image', variable('CONTAINER')),
      mounts: one('texts', 'SOURCE:DESTINATION each'),
      workdir: one('text', 'working directory inside'),
      nv: one('flag', 'NVIDIA GPUs (apptainer)'),
      rocm: one('flag', 'AMD GPUs (apptainer)'),
      cleanenv: one('flag', 'none of the variables outside (apptainer)'),
      fakeroot: one('flag', 'root inside (apptainer)'),
      writable_tmpfs: one('flag', 'a writable layer that is thrown away (apptainer)'),
      overlay: one('text', 'an overlay file (apptainer)'),
      env: variables('a variable inside the container', marks),
    }),
  });
}

const none = (): LeafOptions => ({});

/** What may be said of jobs at the top, said again for one target or in a preset. The reference knows none of it. */
function jobKeys(): ConfigNode {
  const text = (description: string) => leaf('text', description, extra);
  return group({
    log_dir: text('as log_dir'),
    work_dir: text('as work_dir'),
    account: text('as account'),
    qos: text('as qos'),
    partition: text('the same as resources.partition'),
    modules: leaf('texts', 'as modules', { ...extra, ...risky }),
    resources: resources(none, extra),
    environment: environment(none, extra),
  });
}

const names = /^[A-Za-z0-9_.-]{1,64}$/;
const nameWords = 'up to 64 letters, digits, `_`, `.` and `-`';

/** Beside the list, which older tools write anew. */
const mountOptions: ConfigNode = {
  names,
  what: `a mount: ${nameWords}`,
  each: group({
    snapshot: leaf('flag', 'jobs of the mount begin in a copy that later syncs do not change', { ...extra, ...risky }),
    gitignore: leaf('flag', 'what .gitignore files name stays here', { ...extra, ...risky }),
  }),
};

const mounts = leaf('mounts', 'directories in step with this machine', risky);

/** The whole configuration, as `spec` and `docs/guide/configuration.md` list it. */
export const configSchema: Readonly<Record<string, ConfigNode>> = {
  log_dir: leaf('text', 'directory for logs of commands (`--wrap`)', own('LOG_DIR')),
  work_dir: leaf('text', 'working directory of commands (`--wrap`)', own('WORK_DIR')),
  account: leaf('text', 'account, where a site wants one named', { ...extra, ...own('ACCOUNT') }),
  qos: leaf('text', 'quality of service', { ...extra, ...own('QOS') }),
  modules: leaf('texts', 'modules to load before a command (`--wrap`)', { ...extra, ...risky }),
  resources: resources(own),
  environment: environment(own),
  notifications: group({
    slack_webhook_url: leaf('secret', 'deprecated: an incoming webhook of Slack', risky),
    default_endpoint_name: leaf('text', 'the endpoint that the dashboard selects'),
    default_preset: leaf({ oneOf: ['terminal', 'running_and_terminal', 'all', 'digest'] }, 'what is notified'),
  }),
  cli: group({
    use_current_profile: leaf('flag', 'use the current profile where none is named', risky),
  }),
  sync: group({
    auto: leaf('flag', 'send code before a submission', { ...risky, variable: 'SRUNX_SYNC_AUTO' }),
    lock_timeout_seconds: leaf('count', 'how long to wait for a busy mount', {
      ...risky,
      variable: 'SRUNX_SYNC_LOCK_TIMEOUT',
    }),
    warn_dirty: leaf('flag', 'warn of uncommitted changes', { ...risky, variable: 'SRUNX_SYNC_WARN_DIRTY' }),
    require_clean: leaf('flag', 'refuse uncommitted changes', { ...risky, variable: 'SRUNX_SYNC_REQUIRE_CLEAN' }),
    owner_check: leaf('flag', 'refuse what somebody else has synced', {
      ...risky,
      variable: 'SRUNX_SYNC_OWNER_CHECK',
    }),
    verify_remote_hash: leaf('flag', 'compare the content of the script that is submitted, after syncing', {
      ...risky,
      variable: 'SRUNX_SYNC_VERIFY_REMOTE_HASH',
    }),
  }),
  sweep: group({
    max_parallel: leaf(
      'count',
      'tasks of each job of a sweep at once, where neither the workflow nor the command line says it',
      {
        ...extra,
        variable: 'SRUNX_SWEEP_MAX_PARALLEL',
      },
    ),
  }),
  presets: { names, what: `a preset: ${nameWords}`, each: jobKeys() },
  current_profile: leaf('text', 'the profile in use', risky),
  profiles: {
    names,
    what: `a profile: ${nameWords}`,
    each: group({
      hostname: leaf('text', 'the machine', risky),
      username: leaf('text', 'the account', risky),
      key_filename: leaf('text', 'the key file', risky),
      port: leaf('port', 'the port of ssh', risky),
      description: leaf('text', 'for people', risky),
      ssh_host: leaf('text', 'a host of ~/.ssh/config, in place of the above', risky),
      proxy_jump: leaf('text', 'a machine to jump over', risky),
      run_dir: leaf('text', 'where runs are kept on the cluster', { ...extra, ...risky }),
      ssh_config: leaf('text', 'a configuration of ssh in the place of ~/.ssh/config', { ...extra, ...risky }),
      mounts,
      mount_options: mountOptions,
      // Older releases wrote it; nothing reads it.
      env_vars: { each: leaf('value', 'no longer in use', risky), names: /./s, what: 'a variable' },
      defaults: jobKeys(),
    }),
  },
};

export interface ConfigKey {
  readonly path: readonly string[];
  readonly leaf: ConfigLeaf;
}

/** Every key that has a fixed name; `*` stands for a name that the user chooses. */
export function configKeys(tree: Readonly<Record<string, ConfigNode>> = configSchema): readonly ConfigKey[] {
  return Object.entries(tree).flatMap(([name, node]) => keysBelow(node, [name]));
}

function keysBelow(node: ConfigNode, path: readonly string[]): readonly ConfigKey[] {
  if ('leaf' in node) return [{ path, leaf: node.leaf }];
  if ('each' in node) return keysBelow(node.each, [...path, '*']);
  return Object.entries(node.group).flatMap(([name, below]) => keysBelow(below, [...path, name]));
}

export function leavesBelow(node: ConfigNode): readonly ConfigLeaf[] {
  return keysBelow(node, []).map(({ leaf }) => leaf);
}

/** The node at a path, or `undefined` where there is no such key. */
export function findNode(path: readonly string[]): ConfigNode | undefined {
  const root: ConfigNode = { group: configSchema };
  return path.reduce<ConfigNode | undefined>(
    (node, name) => (node === undefined ? undefined : childOf(node, name)),
    root,
  );
}

export function findLeaf(path: readonly string[]): ConfigLeaf | undefined {
  const node = findNode(path);
  return node !== undefined && 'leaf' in node ? node.leaf : undefined;
}

/** What stands below a node under this name. */
export function childOf(node: ConfigNode, name: string): ConfigNode | undefined {
  if ('leaf' in node) return undefined;
  if ('each' in node) return node.names.test(name) ? node.each : undefined;
  return Object.hasOwn(node.group, name) ? node.group[name] : undefined;
}

/** `profiles."a.b".hostname`: a name with a dot stands in quotes. */
export function formatKey(path: readonly string[]): string {
  return path.map((name) => (/^[\w*-]+$/.test(name) ? name : JSON.stringify(name))).join('.');
}

/** The names of a key as a person writes it; `undefined` for what is no key. */
export function parseKey(text: string): readonly string[] | undefined {
  const names: string[] = [];
  const part = /(?:"((?:[^"\\]|\\.)*)"|([^."\s]+))(?:\.|$)/y;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    names.push(match[2] ?? (match[1] ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return names.length === 0 || text.endsWith('.') ? undefined : names;
}
