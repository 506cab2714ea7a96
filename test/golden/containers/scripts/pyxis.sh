#!/bin/bash

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun --container-image="$HOME"/'my image.sqsh' --container-mounts='/a b:/c d:ro',"$HOME"/data:/data,'/x$y:/z' --container-workdir='/w $x' --container-name=n --container-save='/s p/i.sqsh' --container-writable --no-container-remap-root --container-mount-home --no-container-entrypoint --mpi=pmix env 'A=b c' 'B=it'\''s' 'C=$HOME' python 'train me.py'
