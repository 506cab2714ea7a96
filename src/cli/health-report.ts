import type { HealthCheck } from '../app/check-health.ts';
import { exitCodes } from '../core/errors.ts';
import { type Colour, paint } from './colours.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { showRecord } from './record.ts';
import { printable } from './table.ts';

interface Report {
  readonly target: string;
  readonly checks: readonly HealthCheck[];
  /** Further members of the JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Shows what was looked at; returns the exit code that it comes to. */
export async function showChecks(
  { target, checks, more = {} }: Report,
  display: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): Promise<number> {
  const isBroken = checks.some(({ status }) => status === 'fail');
  const data = {
    target,
    healthy: !isBroken,
    checks: checks.map(({ name, status, message, hint = null }) => ({ name, status, message, hint })),
    ...more,
  };
  const { terminal } = display.context.out;
  await showRecord(
    {
      data: () => data,
      text: () => checks.flatMap((check) => linesOf(check, { colour: terminal?.colour === true })).join('\n'),
    },
    display,
  );
  return isBroken ? exitCodes.partial : exitCodes.success;
}

const colours: Readonly<Record<HealthCheck['status'], Colour>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'grey',
};

function linesOf({ name, status, message, hint }: HealthCheck, { colour }: { readonly colour: boolean }): string[] {
  const word = colour ? paint(status, colours[status]) : status;
  const line = `${word.padEnd(word.length + 6 - status.length)}${name.padEnd(17)}${printable(message)}`;
  return hint === undefined ? [line] : [line, `${' '.repeat(23)}${printable(hint)}`];
}
