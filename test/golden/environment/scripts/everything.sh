#!/bin/bash

srunx_fail() { printf 'srunx: on %s: %s\n' "${SLURMD_NODENAME:-$HOSTNAME}" "$1" >&2; exit 1; }
if ! type module >/dev/null 2>&1; then
  for srunx_try in "${LMOD_PKG:-}/init/bash" "${MODULESHOME:-}/init/bash" \
    /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh /etc/profile.d/modules.sh /usr/share/lmod/lmod/init/bash \
    /usr/share/modules/init/bash /usr/share/Modules/init/bash /opt/cray/pe/lmod/lmod/init/bash; do
    if [ -r "$srunx_try" ] && . "$srunx_try" && type module >/dev/null 2>&1; then break; fi
  done
fi
type module >/dev/null 2>&1 || srunx_fail 'there is no `module` command here'
module load cuda || srunx_fail '`module load cuda` failed'
srunx_conda=
for srunx_try in "${CONDA_EXE:-}" "$(type -P conda)" ~/miniconda3/bin/conda ~/anaconda3/bin/conda \
  ~/miniforge3/bin/conda ~/mambaforge/bin/conda /opt/conda/bin/conda; do
  if [ -f "$srunx_try" ] && [ -x "$srunx_try" ]; then srunx_conda=$srunx_try; break; fi
done
[ -n "$srunx_conda" ] || srunx_fail 'conda not found: neither in CONDA_EXE nor on PATH, nor in ~/miniconda3, ~/anaconda3, ~/miniforge3, ~/mambaforge, /opt/conda'
unset CONDA_SHLVL CONDA_PREFIX
srunx_hook=$("$srunx_conda" shell.bash hook) || srunx_fail "\`$srunx_conda shell.bash hook\` failed"
eval "$srunx_hook"
conda activate research || srunx_fail '`conda activate research` failed'
export OMP_NUM_THREADS=4
[ $? -eq 0 ] || srunx_fail 'this line of env_setup failed: export OMP_NUM_THREADS=4'
ulimit -c 0
[ $? -eq 0 ] || srunx_fail 'this line of env_setup failed: ulimit -c 0'

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
srun apptainer exec a.sif bash -c 'python train.py'
