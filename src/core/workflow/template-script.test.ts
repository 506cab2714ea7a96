import { describe, expect, it } from 'vitest';
import { planFailure, planText } from '../../../test/support/plan-text.ts';
import { builtInTemplates } from '../template/built-in-templates.ts';
import type { PlanInput } from './plan.ts';

const texts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(builtInTemplates.map(({ name, text }) => [name, text])),
  all: `#!/bin/bash
#SBATCH --comment="{{ job_name }} {{ nodes }} {{ gpus_per_node }} {{ ntasks_per_node }} {{ cpus_per_task }} {{ memory_per_node }}"
#SBATCH --comment="{{ time_limit }} {{ nodelist }} {{ partition }} {{ log_dir }} {{ work_dir }}"
{{ environment_setup }}
srun {{ srun_args }} {{ launch_prefix }} {{ command }}
# {{ container.image }} {{ container.mounts[0] }} {{ container.writable_tmpfs }}
`,
  bare: '#!/bin/sh\n{{ launch }}\n',
  vars: '#!/bin/sh\necho {{ greeting }} {{ count + 1 }}\n{{ launch }}\n',
  broken: 'echo {{ launch }}\n',
  undefined: '#!/bin/sh\n{{ nope }} {{ launch }}\n',
  output: '#!/bin/sh\n#SBATCH --output=own/%j.txt --array=1-3\n{{ launch }}\n',
};

const options: Partial<PlanInput> = {
  launcher: 'srun',
  readTemplate: (name) => {
    const text = texts[name];
    return text === undefined ? undefined : { text, what: `the template \`${name}\`` };
  },
};

function planned(lines: string) {
  const [job] = planText(`jobs: [{name: a, ${lines}}]`, options).jobs;
  if (job === undefined) throw new Error('no job');
  return job;
}

describe('a job with a template', () => {
  it('fills it with what the job says', () => {
    const environment =
      'venv: /v, container: {runtime: apptainer, image: i.sif, mounts: ["/d:/d"], writable_tmpfs: true}, work_dir: /w, log_dir: l';
    const { script } = planned(
      `template: all, command: [echo, "a b"], nodes: 2, gpus_per_node: 4, ntasks_per_node: 3, cpus_per_task: 5, memory_per_node: 8G, time_limit: 90, nodelist: n1, partition: p, srun_args: --mpi=pmix, launch_prefix: nsys, ${environment}`,
    );
    expect(script).toContain('#SBATCH --comment="a 2 4 3 5 8G"\n#SBATCH --comment="1:30:00 n1 p l /w"\n');
    expect(script).toContain('\n# i.sif /d:/d True\n');
    expect(script).toContain("srun --mpi=pmix apptainer exec --writable-tmpfs --bind=/d:/d i.sif nsys echo 'a b'\n");
    expect(script).toContain('/v');
  });

  it('submits it with its directives, by a wrapper, and the options of the job beside it', () => {
    const job = planned('template: cpu, command: "echo $HOME", cpus_per_task: 8');
    expect(job).toMatchObject({ kind: 'shell', wrapped: true });
    expect(job.options).toContain('--cpus-per-task=8');
    expect(job.script).toContain('#SBATCH --cpus-per-task=8\n');
    expect(job.script.trimEnd().split('\n').at(-1)).toBe("srun bash -c 'echo $HOME'");
  });

  it('takes values of its own, as numbers where they are', () => {
    const { script, env } = planned(
      'template: vars, command: x, launcher: none, script_vars: {greeting: hi, count: 2}',
    );
    expect(script).toBe('#!/bin/sh\necho hi 3\nbash -c x\n');
    expect(env).toEqual({ greeting: 'hi', count: '2' });
  });

  it('keeps what the template says of logs and arrays', () => {
    const job = planned('template: output, command: x');
    expect(job).toMatchObject({ array: '1-3', logDir: 'own' });
    expect(job.options).toEqual(['--job-name=a']);
  });

  it.each(builtInTemplates.map(({ name }) => name))('works with %s', (template) => {
    const container = template === 'container' ? ', container: i.sif' : '';
    expect(planned(`template: ${template}, command: python t.py${container}`).script).toContain('python t.py');
  });

  it.each([
    ['template: nope, command: x', 'there is no template `nope`', 'srunx template list'],
    ['template: bare, command: x, conda: e', '`conda` has no effect on the template `bare`', 'environment'],
    ['template: vars, command: x', '`greeting` is undefined', 'script_vars'],
    ['template: bare, command: x, script_vars: {y: 1}', 'does not use the variable `y`', ''],
    ['template: bare, command: x, script_args: [y]', '`script_args` has no meaning', ''],
    ['template: undefined, command: x', '`nope` is undefined', ''],
    ['template: broken, command: x', 'the first line does not begin with `#!`', ''],
    ['template: container, command: x', 'needs `container`, which has no value', ''],
    ['template: bare, command: x, launcher: torchrun', 'both say how it is started', 'template torchrun'],
    ['template: bare, command: x, launcher: none, container: i', 'pyxis containers need srun', ''],
    ['template: bare, script_path: x.sh', '`template` cannot be applied to a script', ''],
    ['template: "", command: x', '`template`: must not be empty', ''],
  ])('%s: is told what is wrong', (lines, message, hint) => {
    const error = planFailure(`jobs: [{name: a, ${lines}}]`, { ...options, readScript: () => '#!/bin/sh\ntrue\n' });
    expect(error.message).toContain(message);
    expect(error.hint ?? '').toContain(hint);
  });
});
