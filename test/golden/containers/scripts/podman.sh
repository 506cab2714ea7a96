#!/bin/bash

exec mpirun podman run --rm --userns=keep-id --device=nvidia.com/gpu=all python:3.12 bash -c 'python train.py'
