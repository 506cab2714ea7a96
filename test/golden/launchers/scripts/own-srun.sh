#!/bin/bash

srun -n 2 ./a; srun ./b
