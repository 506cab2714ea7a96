/**
 * Where a run came from: who submitted what, with which code and in which surroundings. It is shown, searched and compared, and
 * stands in the database and in `run.json`; so it has no value that may be secret.
 */
export interface Provenance {
  /** The words behind `srunx`; empty where a library submitted it. */
  readonly argv: readonly string[];
  readonly srunx: string;
  /** Of the machine that srunx ran on. */
  readonly user: string;
  readonly host: string;
  /** The directory there that srunx was started in; absent in runs of before this was kept. */
  readonly cwd?: string;
  /** The workflow file; absent where there is none, as for a pipe its path has no meaning. */
  readonly file?: { readonly path: string; readonly sha256: string };
  /** As typed. */
  readonly given: Readonly<Record<string, string>>;
  /** As evaluated. */
  readonly args: Readonly<Record<string, string>>;
  /** Of the repository that has the workflow file, else of the one that srunx was started in. */
  readonly code?: CodeState;
  readonly environment: Surroundings;
}

export interface CodeState {
  /** The top of the working tree. */
  readonly root: string;
  /** `null`: there is none yet. */
  readonly commit: string | null;
  /** `null`: none is checked out. */
  readonly branch: string | null;
  /** Whether files that git knows differ from the commit; `null`: that could not be found out in time. */
  readonly dirty: boolean | null;
  /** Files and directories that git does not know, from the top of the tree; only the first of many. */
  readonly untracked: readonly string[];
  readonly untrackedCount: number;
  /** Of what differs, in a file of the plan directory. */
  readonly diff?: { readonly file: string; readonly bytes: number; readonly sha256: string; readonly isCut: boolean };
}

export interface Surroundings {
  /** As the modules system has them. */
  readonly modules: readonly string[];
  readonly conda?: string;
  readonly venv?: string;
  /** Names of the variables that matter to Python and to GPUs. */
  readonly variables: readonly string[];
  /** Over what a submission takes along; of what may be secret, over the name alone. */
  readonly hash: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What differs from one terminal to the next and means nothing to a job, and what is srunx's own. */
const volatile =
  /^(?:_|SHLVL|PWD|OLDPWD|TERM(?:_.*)?|COLORTERM|COLUMNS|LINES|LS_COLORS|WINDOWID|DISPLAY|TMUX.*|STY|PS1|PROMPT_COMMAND|HISTFILE|INVOCATION_ID|JOURNAL_STREAM|SSH_.*|XDG_SESSION.*|XDG_RUNTIME_DIR|DBUS_.*|VSCODE_.*|GIT_.*|KRB5CCNAME|MAIL|SRUNX_.*|npm_.*|NO_COLOR|FORCE_COLOR)$/;

const telling = /^(?:PYTHON|VIRTUAL_ENV|CONDA_|CUDA|NVIDIA_|NCCL_|ROCR_|HIP_|LD_LIBRARY_PATH|LD_PRELOAD|OMP_)/;

/** Of an environment. `hash` is over its text. */
export function surroundingsOf(env: Environment, hash: (content: string) => string): Surroundings {
  const names = Object.keys(env)
    .filter((name) => env[name] !== undefined)
    .sort();
  const carried = names.filter((name) => !volatile.test(name));
  const lines = carried.map((name) => (isSecretName(name) ? name : `${name}=${env[name]}`));
  const { LOADEDMODULES: modules = '', CONDA_DEFAULT_ENV: conda, VIRTUAL_ENV: venv } = env;
  return {
    modules: modules.split(':').filter((name) => name !== ''),
    ...(conda ? { conda } : {}),
    ...(venv ? { venv } : {}),
    variables: names.filter((name) => telling.test(name)),
    hash: hash(lines.join('\0')),
  };
}

/** Whether what is called so is most likely nobody's business. */
export function isSecretName(name: string): boolean {
  return /(?:SECRET|TOKEN(?![A-Z])|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH(?!OR))/i.test(
    name,
  );
}

/** In the place of a value. */
const mask = '***';

/** More of a value says nothing to a person. */
const maxLength = 1000;

export function maskValues(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isSecretName(name) ? mask : shorten(value)]),
  );
}

/** Words of a command line: of `NAME=value` and `--name=value` the value, where its name says so. */
export function maskWords(words: readonly string[]): string[] {
  return words.map((word) => {
    const [, name] = /^((?:--[\w-]+=)?[^=\s]+)=/.exec(word) ?? [];
    return name !== undefined && isSecretName(name) ? `${name}=${mask}` : shorten(word);
  });
}

function shorten(text: string): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
}
