import { visibleCommands } from './command-table.ts';
import type { CommandEntry } from './define-command.ts';

/** The help of a first word that needs a second: `srunx flow`. `undefined`: there is no such group. */
export function groupHelp(group: string): string | undefined {
  const rows = visibleCommands.filter(({ name }) => name.startsWith(`${group} `));
  if (rows.length === 0) return undefined;
  return [`Usage: srunx ${group} COMMAND [OPTIONS]`, '', 'Commands:', ...commandRows(rows), ''].join('\n');
}

function commandRows(
  rows: readonly CommandEntry[],
  width = Math.max(...rows.map(({ name }) => name.length)),
): readonly string[] {
  return rows.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
}

/** By the first word of a command, in the order of the help. */
const sections: Readonly<Record<string, readonly string[]>> = {
  Jobs: [
    'sbatch',
    'squeue',
    'top',
    'scancel',
    'show',
    'tail',
    'watch',
    'hold',
    'release',
    'requeue',
    'suspend',
    'resume',
    'update',
  ],
  Waiting: ['eta', 'prio', 'limits'],
  'The cluster': ['sinfo', 'gpus', 'doctor'],
  'Workflows and sweeps': ['flow', 'sweep'],
  'What was': ['sacct', 'history', 'get', 'prune'],
  Setup: ['init', 'config', 'ssh', 'template', 'completion'],
};

/** Every command under its heading; what has none, last. */
function sectionRows(): readonly string[] {
  const width = Math.max(...visibleCommands.map(({ name }) => name.length));
  const headed = Object.values(sections).flat();
  const others = visibleCommands.map(({ name }) => name.split(' ')[0] ?? name).filter((word) => !headed.includes(word));
  return Object.entries({ ...sections, Others: [...new Set(others)] }).flatMap(([title, words]) => {
    const rows = words.flatMap((word) =>
      visibleCommands.filter(({ name }) => name === word || name.startsWith(`${word} `)),
    );
    return rows.length === 0 ? [] : [`${title}:`, ...commandRows(rows, width), ''];
  });
}

export function rootHelp(version: string): string {
  return [
    `srunx ${version}: Slurm jobs, workflows and sweeps, on this machine's Slurm, on clusters behind ssh, or with no Slurm`,
    '',
    'Usage: srunx COMMAND [OPTIONS]',
    '',
    ...sectionRows(),
    'Options:',
    '  -h, --help     this text; `srunx COMMAND --help` explains a command',
    '  -v, --version  the version',
    '  --config FILE  your configuration file, in place of the usual one; before the command',
    '',
    'Examples:',
    '  srunx flow run examples/iris/workflow.yaml',
    '  srunx sbatch --gpus-per-node 1 train.sh',
    '',
  ].join('\n');
}
