import type { Command } from 'commander';
import { type SbatchValueKind, sbatchOptionTable } from '../core/job/sbatch-option-table.ts';
import { queryHelp } from './common-options.ts';
import type { OptionDescription } from './describe-command.ts';

/** An option of `srunx sbatch` that Slurm's sbatch does not have, or that means something else here. */
export interface OwnOption {
  readonly name: string;
  readonly letter?: string;
  /** What stands for its value in the help; without it, the option is a flag. */
  readonly value?: string;
  /** Collects the values of every time it is given. */
  readonly many?: true;
  /** Only another spelling of this option of Slurm. */
  readonly means?: string;
  readonly help: string;
}

/** Srunx's own options, in the order of the help. */
export const ownOptions: readonly OwnOption[] = [
  { name: 'wrap', value: 'command', help: 'submit this shell command instead of a script' },
  { name: 'name', value: 'name', means: 'job-name', help: 'the same as -J, --job-name' },
  { name: 'memory', value: 'size', means: 'mem', help: 'the same as --mem' },
  { name: 'time-limit', value: 'time', means: 'time', help: 'the same as -t, --time' },
  { name: 'work-dir', value: 'dir', means: 'chdir', help: 'the same as -D, --chdir' },
  { name: 'log-dir', value: 'dir', help: 'write the log to DIR/NAME_JOBID.log, and make DIR' },
  { name: 'env', value: 'key=value', many: true, help: "set a variable of the job's (may be repeated)" },
  {
    name: 'launcher',
    value: 'name',
    help: 'with --wrap: start it with srun (once per task), torchrun or mpirun; else it runs once, on the first node',
  },
  { name: 'conda', value: 'env', help: 'with --wrap: activate this conda environment first' },
  { name: 'venv', value: 'dir', help: 'with --wrap: activate this virtual environment first' },
  { name: 'container', value: 'image', help: 'with --wrap: run in this image (or image=...,mounts=a:b;c:d,nv=true)' },
  { name: 'container-runtime', value: 'name', help: 'pyxis, apptainer, singularity, docker or podman' },
  { name: 'container-image', value: 'image', help: 'the image, as pyxis spells it' },
  { name: 'container-mounts', value: 'list', help: 'SOURCE:DESTINATION, separated by commas' },
  { name: 'container-workdir', value: 'dir', help: 'the working directory in the container' },
  { name: 'no-container', help: 'no container, whatever else says so' },
  {
    name: 'preset-job',
    value: 'name',
    help: 'a preset of the configuration, for what neither the command line nor the script says',
  },
  {
    name: 'template',
    value: 'name',
    help: 'render this template (a name, or a path with a /) around the command of --wrap',
  },
  {
    name: 'var',
    value: 'key=value',
    many: true,
    help: 'a variable of the template, or of the script (may be repeated)',
  },
  { name: 'render', help: 'the script is a template too; else it is submitted as it is' },
  { name: 'slurm-profile', value: 'types', help: "sbatch's own --profile (accounting data to gather)" },
  { name: 'slurm-arg', value: 'word', many: true, help: 'hand this word to sbatch as it is (may be repeated)' },
  { name: 'sync', help: 'send what has changed in the mount first, whatever sync.auto says' },
  { name: 'no-sync', help: 'submit what is on the cluster now' },
  { name: 'force-sync', help: 'also where somebody else has synced the mount last' },
  { name: 'snapshot', help: 'run in a copy of the code as it is now, whatever is synced later' },
  { name: 'no-snapshot', help: 'run in the mount itself' },
  { name: 'wait', letter: 'W', help: "wait for the end, and exit with the job's code" },
  { name: 'wait-exit', value: 'how', help: 'with --wait: `class` exits with 0, 4 (failed) or 5 (cancelled) instead' },
  { name: 'timeout', value: 'seconds', help: 'with --wait: no longer than this, then exit with 124; the job goes on' },
  { name: 'on-fail', value: 'tail=N', help: 'with --wait: show the last N lines of the log of a job that fails' },
  { name: 'test-only', help: 'ask Slurm when it would start, and submit nothing' },
  { name: 'dry-run', help: 'show the script, the command line and the variables, and submit nothing' },
  { name: 'parsable', help: 'print the job id alone' },
  { name: 'json', help: 'print JSON' },
  { name: 'query', value: 'expression', help: queryHelp },
  { name: 'verbose', letter: 'v', help: 'show on standard error what is submitted' },
  { name: 'local', help: "use this machine's Slurm" },
  { name: 'embedded', help: 'use this machine without Slurm' },
  { name: 'profile', value: 'name', many: true, help: 'use this account, over ssh' },
  { name: 'quiet', letter: 'q', help: 'no remarks on standard error (also -Q)' },
  { name: 'help', letter: 'h', help: 'this text' },
];

/** The options of Slurm that the help names; all others are accepted as well. */
const nativeHelp: readonly (readonly [string, string])[] = [
  ['-J, --job-name <name>', 'the name of the job'],
  ['-p, --partition <names>', 'where it may run'],
  ['-N, --nodes <min[-max]>', 'how many nodes'],
  ['-n, --ntasks <count>', 'how many tasks'],
  ['-c, --cpus-per-task <count>', 'CPUs for each task'],
  ['-G, --gpus <[type:]count>', 'GPUs of the whole job; also --gpus-per-node, --gpus-per-task, --gres'],
  ['--mem <size>', 'memory per node; also --mem-per-cpu, --mem-per-gpu'],
  ['-t, --time <time>', 'the time limit'],
  ['-a, --array <indices>', 'a job array, such as 0-99%10'],
  ['-d, --dependency <list>', 'wait for other jobs, such as afterok:4711'],
  ['-D, --chdir <dir>', 'the working directory'],
  ['-o, --output <path>', 'the log; -e for standard error apart'],
  ['-A, --account <name>', 'the account; --qos for the quality of service'],
  ['-w, --nodelist <nodes>', 'these nodes; -x to leave some out, -C for features'],
];

const describedNatives = new Map(
  nativeHelp.flatMap(([flags, help]) => {
    const long = /--[a-z-]+/.exec(flags)?.[0];
    return long === undefined ? [] : [[long, help] as const];
  }),
);

const valueNames: Readonly<Record<Exclude<SbatchValueKind, 'flag'>, string>> = {
  ...{ array: 'indices', count: 'count', date: 'time', dependency: 'list', gpus: '[type:]count', gres: 'list' },
  ...{ integer: 'number', mail: 'types', memory: 'size', nodes: 'min[-max]', openMode: 'append|truncate' },
  ...{ signal: 'signal[@seconds]', signed: 'number', text: 'text', time: 'time', yesNo: 'yes|no' },
};

/** All the others, for the reference and for completion. */
export const nativeOptions: readonly OptionDescription[] = sbatchOptionTable
  .filter(({ steersSbatch }) => steersSbatch !== true)
  // Its name means a login here; `--slurm-profile` is the way to it.
  .filter(({ name }) => name !== 'profile')
  .map(({ name, letter, kind }) => ({
    short: letter === undefined || letter === 'q' ? undefined : `-${letter}`,
    long: `--${name}`,
    value: kind === 'flag' ? undefined : valueNames[kind],
    description: describedNatives.get(`--${name}`) ?? "as Slurm's sbatch has it",
  }));

/** For the help alone: the words are read by `parse`. */
export function describeSbatch(command: Command): void {
  command.usage("[options] script [args...]\n       srunx sbatch [options] --wrap 'command'").helpOption(false);
  for (const { name, letter, value, help } of ownOptions) {
    const flags = `${letter === undefined ? '' : `-${letter}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
    command.option(flags, help);
  }
  const rows = nativeHelp.map(([flags, help]) => `  ${flags.padEnd(30)}  ${help}`);
  command.addHelpText('after', ['', "Every option of Slurm's sbatch, above all:", ...rows].join('\n'));
}
