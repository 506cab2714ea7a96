#!/bin/bash

srunx_nodes=${SLURM_JOB_NUM_NODES:-1}
srunx_each=()
srunx_meet=(--standalone)
if [ "$srunx_nodes" -gt 1 ]; then
  srunx_each=(srun --nodes="$srunx_nodes" --ntasks="$srunx_nodes" --ntasks-per-node=1)
  srunx_meet=(--nnodes="$srunx_nodes" --rdzv-backend=c10d --rdzv-id="$SLURM_JOB_ID" --rdzv-endpoint="$HOSTNAME:$((10000 + SLURM_JOB_ID % 20000))")
fi
exec "${srunx_each[@]}" torchrun "${srunx_meet[@]}" --nproc-per-node="${SLURM_GPUS_ON_NODE:-1}" --no-python python train.py
