#!/bin/sh
#SBATCH --output=out/%x-%j.txt
true
