#!/bin/bash
#SBATCH -n {{ seed }}
echo {{ lr }} {{ seed }} {% if big %}big{% endif %}
