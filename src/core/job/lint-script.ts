import { type DirectiveProblem, readDirectives } from './script-directives.ts';

/** What is wrong with a script, found before it is sent. `error`: Slurm refuses it. `warning`: it means something else than it seems. */
export interface ScriptProblem {
  readonly severity: 'error' | 'warning';
  /** Stable, such as `script.crlf`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** From 1, where one line is at fault. */
  readonly line?: number;
}

/** Everything that sbatch, or the node, would stumble over; empty for a sound script. */
export function lintScript(script: string): readonly ScriptProblem[] {
  if (script.trim() === '') {
    return [error('empty', 'the script is empty', 'Check that this is the file you meant.')];
  }
  return [
    ...lintText(script),
    ...lintInterpreter(script),
    ...readDirectives(script).problems.map(directiveProblem),
    ...lintStrayDirectives(script),
  ];
}

/** The controller's default for `max_script_size`. */
const maxBytes = 4 * 1024 * 1024;

function lintText(script: string): ScriptProblem[] {
  const problems: ScriptProblem[] = [];
  if (script.includes('\0')) {
    problems.push(error('nul', 'the script contains a NUL byte', 'Submit a text file; start binaries from one.'));
  }
  const before = script.slice(0, Math.max(0, script.indexOf('\r\n')));
  if (script.includes('\r\n')) {
    const hint = 'Convert them: sed -i "s/\\r$//" SCRIPT.';
    problems.push({ ...error('crlf', 'the script has Windows line ends', hint), line: before.split('\n').length });
  }
  if (script.length > maxBytes) {
    const hint = 'Move data out of the script; most sites refuse more than 4 MiB.';
    problems.push(warning('large', `the script has more than ${maxBytes} characters`, hint));
  }
  return problems;
}

function lintInterpreter(script: string): ScriptProblem[] {
  const first = script.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
  if (!first.startsWith('#!')) {
    const buried = /^\s*#!/.test(first) || /^\s*\n\s*#!/.test(script);
    const hint = buried
      ? 'Remove what stands before `#!`, perhaps invisibly: a byte order mark, blanks or an empty line.'
      : 'Begin the script with #!/bin/bash, or the path of its own interpreter.';
    return [{ ...error('no_interpreter', 'the first line does not begin with `#!`', hint), line: 1 }];
  }
  const interpreter = first.slice(2).trim().split(/\s+/)[0] ?? '';
  if (interpreter.startsWith('/')) return [];
  // Slurm accepts it, and the job then fails on the node without a word in its log.
  const message =
    interpreter === '' ? 'the first line names no interpreter' : `\`${interpreter}\` is not an absolute path`;
  return [{ ...error('interpreter', message, 'Write #!/bin/bash, or #!/usr/bin/env NAME.'), line: 1 }];
}

function directiveProblem({ kind, message, hint, line }: DirectiveProblem): ScriptProblem {
  switch (kind) {
    case 'unreadable':
      return { ...error('directive', message, hint), line };
    case 'unknownOption':
      return { ...warning('unknown_option', `${message}; unless a plugin of the site has it`, hint), line };
    case 'heterogeneous':
      return { ...warning('heterogeneous', message, hint), line };
  }
}

/** Lines that look like directives and are none: after the first command, indented, or with a space behind `#`. */
function lintStrayDirectives(script: string): ScriptProblem[] {
  const lines = script.split('\n');
  const firstCommand = lines.findIndex((line) => /^\s*[^#\s]/.test(line));
  const head = firstCommand < 0 ? lines : lines.slice(0, firstCommand);
  const late = lines.findIndex((line, index) => index >= head.length && /^#SBATCH\s+-/.test(line));
  const malformed = head.findIndex((line) => /^(?:\s+#\s*|#\s+)SBATCH\s+-/i.test(line));
  const problems: ScriptProblem[] = [];
  if (malformed >= 0) {
    const hint = 'Begin the line with #SBATCH exactly, or remove it.';
    problems.push({
      ...warning('malformed_directive', 'sbatch takes this line for a comment', hint),
      line: malformed + 1,
    });
  }
  if (late >= 0) {
    const hint = `Move it above line ${firstCommand + 1}, the first command.`;
    problems.push({
      ...warning('late_directive', 'sbatch does not read directives after the first command', hint),
      line: late + 1,
    });
  }
  return problems;
}

function error(code: string, message: string, hint: string): ScriptProblem {
  return { severity: 'error', code: `script.${code}`, message, hint };
}

function warning(code: string, message: string, hint: string): ScriptProblem {
  return { severity: 'warning', code: `script.${code}`, message, hint };
}
