#!/bin/bash
#SBATCH -n 7
echo 1e-5 7 big
