#!/bin/bash
#SBATCH --array=1-20%5

[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"

# Each task has its own line of the list. One that finds none must not run as if it had.
list='in puts.txt'
item=$(sed -n "${SLURM_ARRAY_TASK_ID}{p;q}" "$list")
if [ -z "$item" ]; then
  echo "$list has no line $SLURM_ARRAY_TASK_ID" >&2
  exit 1
fi
export item

srun bash -c 'python work.py "$item"'
