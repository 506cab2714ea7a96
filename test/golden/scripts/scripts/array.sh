#!/bin/sh
#SBATCH --array=1-3 --time=1
echo $SLURM_ARRAY_TASK_ID
