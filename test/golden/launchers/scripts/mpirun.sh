#!/bin/bash

exec mpirun ./solver 'in put'
