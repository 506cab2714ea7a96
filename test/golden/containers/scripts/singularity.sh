#!/bin/bash

exec singularity exec --nv docker://python nsys profile python train.py
