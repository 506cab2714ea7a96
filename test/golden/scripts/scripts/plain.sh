#!/bin/bash
#SBATCH --time=10:00

echo ${#BASH_ARGV[@]} '{{ not a template }}' "$@"
