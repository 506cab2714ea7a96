#!/bin/bash

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun p 0.10 1e-5 true None '{'\''k'\'': '\''v'\'', '\''list'\'': [1, 2]}' 0.05 /data/r1 '[0.1, 0.05, 0.025]'
