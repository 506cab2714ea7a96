import { ConfigError } from '../errors.ts';
import { quoteWord, quoteWords } from '../quote.ts';
import { type RenderedContainer, renderContainer } from './container.ts';
import type { JobEnvironment } from './environment-schema.ts';
import { renderActivation } from './render-activation.ts';

/** How the command is started; `none`: by the batch script itself. */
export const launchers = ['srun', 'none', 'torchrun', 'mpirun'] as const;
export type Launcher = (typeof launchers)[number];

export interface ScriptSpec {
  /** A list is one command, word by word; a text is shell text, run by `bash -c` under its launcher. */
  readonly command: string | readonly string[];
  readonly launcher: Launcher;
  /** Words as the user wrote them, behind the generated ones. Without effect where no srun is started. */
  readonly srunArgs?: string;
  /** Words as the user wrote them, directly before the command. */
  readonly launchPrefix?: string;
  readonly environment: JobEnvironment;
}

/**
 * The batch script of a job that is described by a command. It holds what was asked for and nothing else: resources and
 * paths of logs are arguments of sbatch, which no `SBATCH_*` variable of the account can overrule and no quoting rule of
 * directives can distort; no shell options, no default of ours. Throws a ConfigError for a container that the launcher
 * cannot start.
 */
export function renderScript(spec: ScriptSpec): string {
  const container = renderContainer(spec.environment.container);
  if (container !== undefined && container.srunArgs.length > 0 && !usesSrun(spec.launcher)) {
    throw new ConfigError(`pyxis containers need srun, but the launcher is ${spec.launcher}`, {
      code: 'config.pyxis_launcher',
      hint: 'Use the launcher srun, or the runtime apptainer.',
    });
  }
  const activation = renderActivation(spec.environment);
  return ['#!/bin/bash', ...section(activation), ...section(renderLaunch(spec, container)), ''].join('\n');
}

function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function usesSrun(launcher: Launcher): boolean {
  return launcher === 'srun' || launcher === 'torchrun';
}

function renderLaunch(spec: ScriptSpec, container: RenderedContainer | undefined): readonly string[] {
  const { command, launcher, environment } = spec;
  const prefix = container?.prefix ?? [];
  const srunArgs = [...(container?.srunArgs ?? []), ...userWords(spec.srunArgs)];
  const started = [...userWords(spec.launchPrefix), ...commandWords(command)];
  // The launcher takes the place of the shell, so that signals for the batch script (`--signal=B:…`) reach it; but lines
  // of env_setup may have set traps that need the shell to the end.
  const exec = environment.envSetup === undefined ? ['exec'] : [];
  const line = (...words: readonly string[]): string => [...exec, ...words].join(' ');
  switch (launcher) {
    case 'srun':
      return [passCpusPerTask, line('srun', ...srunArgs, ...prefix, ...started)];
    case 'mpirun':
      return [line('mpirun', ...prefix, ...started)];
    case 'torchrun':
      return [...meetingPoint(srunArgs), line('"${srunx_each[@]}"', ...prefix, ...torchrun, ...started)];
    case 'none':
      if (prefix.length > 0) return [line(...prefix, ...started)];
      if (typeof command === 'string' && spec.launchPrefix === undefined) return [command];
      return spec.launchPrefix === undefined ? [line(...started)] : [started.join(' ')];
  }
}

/**
 * Whether a command starts its own steps: `srun` within a step waits for ever for what that step holds, and `mpirun` would be
 * started once per task. Only words in the place of a command count.
 */
export function startsSteps(command: ScriptSpec['command']): boolean {
  if (typeof command !== 'string') return /^(?:srun|mpirun|mpiexec)$/.test(command[0] ?? '');
  return /(?:^|[\n;&|({])[ \t]*(?:(?:exec|time|then|do|else|!)[ \t]+|\w+=\S*[ \t]+)*(?:srun|mpirun|mpiexec)(?=[\s;&|)]|$)/.test(
    command,
  );
}

/** Several lines, as in a YAML block, are one line; a backslash that joins them is not needed. */
function userWords(text: string | undefined): readonly string[] {
  const words = (text ?? '').trim().replaceAll(/\s*\\?\n\s*/g, ' ');
  return words === '' ? [] : [words];
}

/** Launchers take a lone `:` for the beginning of a second program, and a first word with `-` for an option of their own. */
export function commandWords(command: string | readonly string[]): readonly string[] {
  if (typeof command === 'string') return ['bash', '-c', quoteWord(command)];
  if (!command.includes(':') && !command[0]?.startsWith('-')) return [quoteWords(command)];
  return ['bash', '-c', quoteWord(`exec -- ${quoteWords(command)}`)];
}

// From 22.05 on, srun no longer takes over the job's --cpus-per-task by itself.
const passCpusPerTask =
  '[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="${SRUN_CPUS_PER_TASK:-$SLURM_CPUS_PER_TASK}"';

/** Any program may follow, not only a Python script. */
const torchrun = ['torchrun', '"${srunx_meet[@]}"', '--nproc-per-node="${SLURM_GPUS_ON_NODE:-1}"', '--no-python'];

/** One torchrun per node, each starting one process per GPU. A single node needs no srun, unless the user has words for it. */
function meetingPoint(srunArgs: readonly string[]): readonly string[] {
  const each = ['srun', '--nodes="$srunx_nodes"', '--ntasks="$srunx_nodes"', '--ntasks-per-node=1', ...srunArgs];
  const meet = [
    '--nnodes="$srunx_nodes"',
    '--rdzv-backend=c10d',
    '--rdzv-id="$SLURM_JOB_ID"',
    // Not the default port: two jobs may share a node.
    '--rdzv-endpoint="$HOSTNAME:$((10000 + SLURM_JOB_ID % 20000))"',
  ];
  return [
    'srunx_nodes=${SLURM_JOB_NUM_NODES:-1}',
    `srunx_each=(${srunArgs.length === 0 ? '' : each.join(' ')})`,
    'srunx_meet=(--standalone)',
    'if [ "$srunx_nodes" -gt 1 ]; then',
    `  srunx_each=(${each.join(' ')})`,
    `  srunx_meet=(${meet.join(' ')})`,
    'fi',
  ];
}
