#!/bin/bash

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"
exec srun --container-image='nvcr.io#nvidia/pytorch:24.01-py3' bash -c 'python train.py'
