import { ConfigError, UsageError } from '../errors.ts';
import type { ScalarValue } from './flags.ts';
import { axisNameFault } from './read-axes.ts';
import { maxCells } from './sweep-rules.ts';

/** A sweep as a file or a caller has it. */
export interface SweepSpec {
  readonly matrix: Readonly<Record<string, readonly ScalarValue[]>>;
  readonly failFast?: boolean;
  readonly maxParallel?: number;
}

/**
 * The args of every cell: the cross product of the axes, in the order in which they are declared, the last changing first; each over
 * the base args, of which those with the name of an axis are replaced. Throws a ConfigError for a matrix without axes or with too many
 * cells, and for axes that are empty, reserved or not of scalars.
 */
export function expandMatrix(
  matrix: Readonly<Record<string, readonly unknown[]>>,
  baseArgs: Readonly<Record<string, unknown>> = {},
): Record<string, unknown>[] {
  const axes = checkAxes(matrix);
  const count = axes.reduce((product, [, values]) => product * values.length, 1);
  if (count > maxCells) throw invalid(`matrix cell_count=${count} exceeds limit ${maxCells}`);
  return axes.reduce<Record<string, unknown>[]>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{ ...baseArgs }],
  );
}

/** The axes of a matrix; throws where there are none, or for what is none. */
export function checkAxes<Values>(matrix: Readonly<Record<string, Values>>): [string, Values][] {
  const axes = Object.entries(matrix);
  if (axes.length === 0) throw invalid('matrix must declare at least one axis');
  for (const [name, values] of axes) checkAxis(name, values);
  return axes;
}

function checkAxis(name: string, values: unknown): void {
  const fault = axisNameFault(name);
  if (fault !== undefined) throw invalid(fault);
  if (!Array.isArray(values)) throw invalid(`matrix axis '${name}' must be a list (got ${typeof values})`);
  if (values.length === 0) throw invalid(`matrix axis '${name}' must contain at least one value`);
  for (const value of values as readonly unknown[]) {
    if (['string', 'number', 'boolean'].includes(typeof value)) continue;
    const words = JSON.stringify(value) ?? String(value);
    throw invalid(`matrix axis '${name}' contains non-scalar value ${words} (only str/int/float/bool allowed)`);
  }
}

function invalid(message: string): ConfigError {
  return new ConfigError(message, {
    code: 'sweep.invalid',
    hint: 'Write `matrix` as a mapping of names to lists of values.',
  });
}

export interface MergeSweepRequest {
  readonly yamlSweep?: SweepSpec | undefined;
  readonly cliSweepAxes: Readonly<Record<string, readonly ScalarValue[]>>;
  readonly cliArgOverrides: Readonly<Record<string, string>>;
  readonly cliFailFast?: boolean | undefined;
  readonly cliMaxParallel?: number | undefined;
}

/**
 * The sweep of a file with what the command line says: axes are replaced in their place or added. `undefined` where neither has an
 * axis. Throws a UsageError where an arg is an axis, too, or `max_parallel` is missing or below 1.
 */
export function mergeSweepSpecs(request: MergeSweepRequest): SweepSpec | undefined {
  const { yamlSweep, cliSweepAxes, cliArgOverrides, cliFailFast, cliMaxParallel } = request;
  requireApart(Object.keys(cliArgOverrides), Object.keys(cliSweepAxes), Object.keys(yamlSweep?.matrix ?? {}));
  const matrix = { ...yamlSweep?.matrix, ...cliSweepAxes };
  if (Object.keys(matrix).length === 0) return undefined;
  const maxParallel = requireParallel(cliMaxParallel ?? yamlSweep?.maxParallel);
  return { matrix, failFast: cliFailFast ?? yamlSweep?.failFast ?? false, maxParallel };
}

/** Throws where a name is given as an arg and as an axis. */
export function requireApart(args: readonly string[], typed: readonly string[], written: readonly string[]): void {
  const both = args.filter((name) => typed.includes(name));
  if (both.length > 0) {
    throw new UsageError(`keys cannot be specified as both --arg and --sweep: ${both.join(', ')}`, {
      code: 'usage.option_conflict',
      hint: 'Keep one of the two.',
    });
  }
  const axes = args.filter((name) => written.includes(name));
  if (axes.length === 0) return;
  throw new UsageError(`key(s) ${axes.join(', ')} cannot be both in sweep.matrix and --arg`, {
    code: 'usage.option_conflict',
    hint: `Use --sweep ${axes[0]}=VALUE to give the axis other values.`,
  });
}

export function requireParallel(value: number | undefined): number {
  if (value !== undefined && Number.isInteger(value) && value >= 1) return value;
  throw new UsageError('sweep.max_parallel must be specified and >= 1', {
    code: 'sweep.max_parallel',
    hint: 'Set `max_parallel` (or `max_parallel_cells`) below `sweep` in the file, or give --max-parallel N; `srunx config set sweep.max_parallel N` is for all sweeps.',
  });
}
