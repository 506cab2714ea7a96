#!/bin/bash

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun docker run --rm --user="$(id -u):$(id -g)" --gpus=all --volume='/a b:/c d:ro' --volume="$HOME"/data:/data --volume='/x$y:/z' --workdir='/w $x' --entrypoint='' --network=host --shm-size=8g registry.example.org/a/b:1 env 'A=b c' 'B=it'\''s' 'C=$HOME' bash -c 'python train.py'
