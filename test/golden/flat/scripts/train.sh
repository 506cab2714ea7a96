#!/bin/bash

srunx_fail() { printf 'srunx: on %s: %s\n' "${SLURMD_NODENAME:-$HOSTNAME}" "$1" >&2; exit 1; }
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

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun bash -c 'python train.py && echo "$HOME"'
