#!/bin/bash

srunx_fail() { printf 'srunx: on %s: %s\n' "${SLURMD_NODENAME:-$HOSTNAME}" "$1" >&2; exit 1; }
. "$HOME"/'v env/bin/activate' || srunx_fail '`. "$HOME"/'\''v env/bin/activate'\''` failed'

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun bash -c 'python -V'
