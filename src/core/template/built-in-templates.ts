import type { JobTemplate } from './job-template.ts';

// From 22.05 on, srun no longer takes over the job's --cpus-per-task by itself.
const setUp = `{%- if environment_setup %}

{{ environment_setup }}
{%- endif %}

[ -z "\${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="\${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"`;

const gpuRequest = `{%- if not gpus and not gpus_per_task and not gres %}
#SBATCH --gpus-per-node={{ gpus_per_node or 1 }}
{%- endif %}`;

/**
 * Requests stand in the script as directives, where everybody sees them; what is typed beside `--template` is an option of sbatch,
 * and overrules them.
 */
export const builtInTemplates: readonly JobTemplate[] = [
  {
    name: 'base',
    description: 'The command and nothing else',
    useCase: 'a starting point for templates of your own',
    text: `#!/bin/bash
${setUp}

{{ launch }}
`,
  },
  {
    name: 'cpu',
    description: 'One task with several cores',
    useCase: 'preprocessing, evaluation: whatever runs threads on one node; more cores with -c',
    text: `#!/bin/bash
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={{ cpus_per_task or 4 }}
${setUp}
export OMP_NUM_THREADS="\${OMP_NUM_THREADS:-\${SLURM_CPUS_PER_TASK:-1}}"

{{ launch }}
`,
  },
  {
    name: 'gpu',
    description: 'Training in one process on one node',
    useCase: 'one GPU; more with --gpus-per-node',
    text: `#!/bin/bash
#SBATCH --nodes=1
#SBATCH --ntasks=1
${gpuRequest}
${setUp}

{{ launch }}
`,
  },
  {
    name: 'torchrun',
    description: 'PyTorch on several nodes, one process for each GPU',
    useCase: 'DDP, FSDP, DeepSpeed: -N says how many nodes, --gpus-per-node how many GPUs on each',
    text: `#!/bin/bash
#SBATCH --nodes={{ nodes or 2 }}
#SBATCH --ntasks-per-node=1
${gpuRequest}
${setUp}

# All nodes meet at the first one, on a port that hardly any other job there has.
port=$((10000 + SLURM_JOB_ID % 20000))
srun --kill-on-bad-exit=1{% if srun_args %} {{ srun_args }}{% endif %}{% if launch_prefix %} {{ launch_prefix }}{% endif %} torchrun \\
  --nnodes="$SLURM_JOB_NUM_NODES" --nproc-per-node="\${SLURM_GPUS_ON_NODE:-1}" \\
  --rdzv-backend=c10d --rdzv-id="$SLURM_JOB_ID" --rdzv-endpoint="$HOSTNAME:$port" \\
  --no-python {{ command }}
`,
  },
  {
    name: 'array',
    description: 'The same command for each index of a job array',
    useCase: 'a line of a file for each task: --var list=inputs.txt, then "$item" in the command; indices with -a',
    text: `#!/bin/bash
#SBATCH --array={{ array or "1-10" }}
${setUp}
{%- if list is defined %}

# Each task has its own line of the list. One that finds none must not run as if it had.
list={{ list|shell }}
item=$(sed -n "\${SLURM_ARRAY_TASK_ID}{p;q}" "$list")
if [ -z "$item" ]; then
  echo "$list has no line $SLURM_ARRAY_TASK_ID" >&2
  exit 1
fi
export item
{%- endif %}

{{ launch }}
`,
  },
  {
    name: 'container',
    description: 'The command in a container',
    useCase: 'the image of --container, or of the configuration',
    text: `#!/bin/bash
#SBATCH --nodes=1
#SBATCH --ntasks=1
{%- if not container %}
{{ container }}
{%- endif %}
${setUp}

{{ launch }}
`,
  },
];
