#!/bin/bash
#SBATCH --nodes=1
#SBATCH --ntasks=1

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"

srun apptainer exec --nv a.sif python train.py
