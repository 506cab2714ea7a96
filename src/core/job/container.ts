import { ConfigError } from '../errors.ts';
import { quotePath, quoteWord, quoteWords } from '../quote.ts';

export const containerRuntimes = ['pyxis', 'apptainer', 'singularity', 'docker', 'podman'] as const;
type ContainerRuntime = (typeof containerRuntimes)[number];

/** What the command runs in, where an image is named. What is not given is left to the runtime. */
export interface ContainerSpec extends ApptainerFields, PyxisFields {
  /** `pyxis` where nobody says otherwise. */
  readonly runtime?: ContainerRuntime;
  readonly image?: string;
  /** `SOURCE[:DESTINATION[:OPTIONS]]`; a leading `~` is the home directory on the node. */
  readonly mounts?: readonly string[];
  readonly workdir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface ApptainerFields {
  readonly nv?: boolean;
  readonly rocm?: boolean;
  readonly cleanenv?: boolean;
  readonly fakeroot?: boolean;
  readonly writableTmpfs?: boolean;
  readonly noHome?: boolean;
  readonly contain?: boolean;
  readonly tmpSandbox?: boolean;
  readonly overlay?: string;
  readonly extraArgs?: readonly string[];
}

interface PyxisFields {
  readonly writable?: boolean;
  readonly remapRoot?: boolean;
  readonly mountHome?: boolean;
  readonly entrypoint?: boolean;
  readonly name?: string;
  readonly save?: string;
}

/** The shell words that put a command into its container. */
export interface RenderedContainer {
  /** For `srun`, which alone can start pyxis. */
  readonly srunArgs: readonly string[];
  /** Before the command. */
  readonly prefix: readonly string[];
}

/** `undefined` without an image: then there is no container, whatever else is set. Throws a ConfigError for fields of another runtime. */
export function renderContainer(container: ContainerSpec | null | undefined): RenderedContainer | undefined {
  if (!container?.image) return undefined;
  const { runtime = 'pyxis' } = container;
  const misfit = misfitFields(container, runtime);
  if (misfit !== undefined) {
    throw new ConfigError(misfit, { code: 'config.container_field', hint: 'Remove them, or name the runtime.' });
  }
  // Set by `env` inside: the runtimes' own options split values at commas, and apptainer lets a shell evaluate them.
  const variables = Object.entries(container.env ?? {}).map(([key, value]) => `${key}=${value}`);
  const env = variables.length === 0 ? [] : ['env', quoteWords(variables)];
  if (runtime === 'pyxis') return { srunArgs: pyxisArgs(container, container.image), prefix: env };
  if (runtime === 'docker' || runtime === 'podman') {
    // Images of these are names of a registry, and no paths.
    const words = [runtime, 'run', ...dockerArgs(container, runtime), quoteWord(container.image), ...env];
    return { srunArgs: [], prefix: words };
  }
  return { srunArgs: [], prefix: [runtime, 'exec', ...apptainerArgs(container), quotePath(container.image), ...env] };
}

/** Names the fields that are set although the runtime does not have them. */
export function misfitFields(container: ContainerSpec, runtime: ContainerRuntime): string | undefined {
  const foreign = foreignFields(runtime);
  const set = foreign.filter((field) => isSet(container[field as keyof ContainerSpec], runtime));
  const names = set.map((field) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  if (names.length === 0) return undefined;
  const isDocker = runtime === 'docker' || runtime === 'podman';
  const home = isDocker ? '' : `only for ${runtime === 'pyxis' ? 'apptainer and singularity' : 'pyxis'}, `;
  return `${names.join(', ')}: ${home}not for ${runtime}`;
}

function foreignFields(runtime: ContainerRuntime): readonly string[] {
  switch (runtime) {
    case 'pyxis':
      return [...Object.keys(apptainerFlags), 'overlay', 'extraArgs'];
    case 'docker':
    case 'podman':
      return [...Object.keys(apptainerFlags), 'overlay', ...pyxisFields].filter((field) => !dockerFields.has(field));
    default:
      return pyxisFields;
  }
}

/** What docker and podman share with the others. */
const dockerFields: ReadonlySet<string> = new Set(['nv', 'entrypoint']);

/** A flag of apptainer that is `false` says nothing; one of pyxis says "no". */
function isSet(value: unknown, runtime: ContainerRuntime): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && !(runtime === 'pyxis' && value === false);
}

const pyxisSwitches = {
  writable: ['--container-writable', '--container-readonly'],
  remapRoot: ['--container-remap-root', '--no-container-remap-root'],
  mountHome: ['--container-mount-home', '--no-container-mount-home'],
  entrypoint: ['--container-entrypoint', '--no-container-entrypoint'],
} as const;

const pyxisFields = [...Object.keys(pyxisSwitches), 'name', 'save'];

function pyxisArgs(container: ContainerSpec, image: string): string[] {
  const { mounts = [], workdir, name, save } = container;
  return [
    `--container-image=${quotePath(image)}`,
    ...(mounts.length === 0 ? [] : [`--container-mounts=${mounts.map(quotePath).join(',')}`]),
    ...(workdir === undefined ? [] : [`--container-workdir=${quoteWord(workdir)}`]),
    ...(name === undefined ? [] : [`--container-name=${quoteWord(name)}`]),
    ...(save === undefined ? [] : [`--container-save=${quotePath(save)}`]),
    ...Object.entries(pyxisSwitches).flatMap(([field, [on, off]]) => {
      const value = container[field as keyof typeof pyxisSwitches];
      return value === undefined ? [] : [value ? on : off];
    }),
  ];
}

/** As the user and not as root; gone when the command has ended. */
function dockerArgs(container: ContainerSpec, runtime: 'docker' | 'podman'): string[] {
  const { mounts = [], workdir, nv = false, entrypoint, extraArgs = [] } = container;
  const isDocker = runtime === 'docker';
  return [
    '--rm',
    ...(isDocker ? ['--user="$(id -u):$(id -g)"'] : ['--userns=keep-id']),
    ...(nv ? [isDocker ? '--gpus=all' : '--device=nvidia.com/gpu=all'] : []),
    ...mounts.map((mount) => `--volume=${quotePath(mount)}`),
    ...(workdir === undefined ? [] : [`--workdir=${quoteWord(workdir)}`]),
    // Otherwise the image's own program gets the command.
    ...(entrypoint === false ? ["--entrypoint=''"] : []),
    ...extraArgs.map(quoteWord),
  ];
}

const apptainerFlags = {
  nv: '--nv',
  rocm: '--rocm',
  cleanenv: '--cleanenv',
  fakeroot: '--fakeroot',
  writableTmpfs: '--writable-tmpfs',
  noHome: '--no-home',
  contain: '--contain',
  tmpSandbox: '--tmp-sandbox',
} as const;

function apptainerArgs(container: ContainerSpec): string[] {
  const { mounts = [], workdir, overlay, extraArgs = [] } = container;
  return [
    ...Object.entries(apptainerFlags).flatMap(([field, flag]) =>
      container[field as keyof typeof apptainerFlags] ? [flag] : [],
    ),
    ...(overlay === undefined ? [] : [`--overlay=${quotePath(overlay)}`]),
    ...mounts.map((mount) => `--bind=${quotePath(mount)}`),
    ...(workdir === undefined ? [] : [`--pwd=${quoteWord(workdir)}`]),
    ...extraArgs.map(quoteWord),
  ];
}
