import { quotePath, quoteWord, quoteWords } from '../quote.ts';
import type { JobEnvironment } from './environment-schema.ts';

/**
 * The lines of a bash script that make the job's software available: modules first, because they may bring the Python that
 * follows, then conda or venv, and the user's own lines last, so that they see everything. Whatever fails ends the script
 * with exit code 1 and says what it was; nothing depends on shell options, and none is left changed.
 */
export function renderActivation({ modules = [], conda, venv, envSetup = [] }: JobEnvironment): readonly string[] {
  const lines = [
    ...(modules.length === 0 ? [] : [findModuleCommand, orFail(`module load ${quoteWords(modules)}`)]),
    ...(conda == null ? [] : [findConda, orFail(`conda activate ${quotePath(conda)}`)]),
    ...(venv == null ? [] : [orFail(`. ${venvScript(venv)}`)]),
    ...envSetup.flatMap((line) => [line, `[ $? -eq 0 ] || ${fail(`this line of env_setup failed: ${line}`)}`]),
  ];
  return lines.length === 0 ? [] : [defineFail, ...lines];
}

const defineFail = `srunx_fail() { printf 'srunx: on %s: %s\\n' "\${SLURMD_NODENAME:-$HOSTNAME}" "$1" >&2; exit 1; }`;

function orFail(command: string): string {
  return `${command} || ${fail(`\`${command}\` failed`)}`;
}

function fail(message: string): string {
  return `srunx_fail ${quoteWord(message)}`;
}

/** A relative path that begins with \`-\` would be an option. */
function venvScript(venv: string): string {
  return quotePath(`${venv.startsWith('-') ? './' : ''}${venv.replace(/\/+$/, '')}/bin/activate`);
}

// A batch script is no login shell, so many sites do not define the function for it.
const findModuleCommand = `if ! type module >/dev/null 2>&1; then
  for srunx_try in "\${LMOD_PKG:-}/init/bash" "\${MODULESHOME:-}/init/bash" \\
    /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh /etc/profile.d/modules.sh /usr/share/lmod/lmod/init/bash \\
    /usr/share/modules/init/bash /usr/share/Modules/init/bash /opt/cray/pe/lmod/lmod/init/bash; do
    if [ -r "$srunx_try" ] && . "$srunx_try" && type module >/dev/null 2>&1; then break; fi
  done
fi
type module >/dev/null 2>&1 || ${fail('there is no `module` command here')}`;

// An environment that was active where the job was submitted must not count as active: conda would leave its place on
// PATH as it is, behind whatever the modules put before it.
const findConda = `srunx_conda=
for srunx_try in "\${CONDA_EXE:-}" "$(type -P conda)" ~/miniconda3/bin/conda ~/anaconda3/bin/conda \\
  ~/miniforge3/bin/conda ~/mambaforge/bin/conda /opt/conda/bin/conda; do
  if [ -f "$srunx_try" ] && [ -x "$srunx_try" ]; then srunx_conda=$srunx_try; break; fi
done
[ -n "$srunx_conda" ] || ${fail(
  'conda not found: neither in CONDA_EXE nor on PATH, nor in ~/miniconda3, ~/anaconda3, ~/miniforge3, ~/mambaforge, /opt/conda',
)}
unset CONDA_SHLVL CONDA_PREFIX
srunx_hook=$("$srunx_conda" shell.bash hook) || srunx_fail "\\\`$srunx_conda shell.bash hook\\\` failed"
eval "$srunx_hook"`;
