#!/bin/sh
# Stands for a training program: says which GPUs it may use.
echo "$1 on $(hostname), GPUs ${CUDA_VISIBLE_DEVICES:-none}, ${EPOCHS:-no} epochs"
if command -v nvidia-smi >/dev/null 2>&1; then nvidia-smi -L; fi
