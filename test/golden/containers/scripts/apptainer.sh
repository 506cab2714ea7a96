#!/bin/bash

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun apptainer exec --nv --rocm --cleanenv --fakeroot --writable-tmpfs --no-home --contain --tmp-sandbox --overlay='/o v' --bind='/a b:/c d:ro' --bind="$HOME"/data:/data --bind='/x$y:/z' --pwd='/w $x' --net '--hostname=a b' 'images/it'\''s.sif' env 'A=b c' 'B=it'\''s' 'C=$HOME' bash -c 'python train.py'
