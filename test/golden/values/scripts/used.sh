#!/bin/bash

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun bash -c 'p 0.2 V yes 1,2 {{ kept }} ${#array[@]}'
