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
module load gcc/13.2 cuda || srunx_fail '`module load gcc/13.2 cuda` failed'

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun bash -c 'nvcc -V'
