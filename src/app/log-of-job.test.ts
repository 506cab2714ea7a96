import { expect, it } from 'vitest';
import { logOfJob } from './log-of-job.ts';

const script = '#!/bin/sh\n#SBATCH -o own/%j.out -D /own\ntrue\n';

it.each([
  ['nothing', '#!/bin/sh\n', [], {}, 'slurm-%j.out', '/cwd'],
  ['the script', script, [], {}, 'own/%j.out', '/own'],
  ['a variable', script, [], { SBATCH_OUTPUT: 'variable' }, 'variable', '/own'],
  ['options', script, ['--output=typed', '--chdir=sub dir'], { SBATCH_OUTPUT: 'variable' }, 'typed', '/cwd/sub dir'],
  ['an array', '#!/bin/sh\n#SBATCH -a 0-3\n', [], {}, 'slurm-%A_%a.out', '/cwd'],
])('from %s', (_, text, options, env, pattern, workDir) => {
  expect(logOfJob({ script: text, options }, { cwd: '/cwd', user: 'me', env })).toMatchObject({
    pattern,
    workDir,
    user: 'me',
  });
});
