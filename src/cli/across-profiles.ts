import type { Command } from 'commander';
import type { TargetName } from '../app/app-context.ts';
import { exitCodes, SrunxError, UsageError } from '../core/errors.ts';
import { targetOf } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import type { Listing } from './field.ts';
import { printable } from './table.ts';

/** For commands that only look. */
export function addAcrossOption(command: Command): Command {
  return command.option('--all-profiles', "of all profiles, and of this machine's Slurm: asked at the same time");
}

/** What one target is asked, or all of them. */
export interface AcrossProfiles<Row> {
  /** With a column that says whose a row is, where there are several. */
  readonly listing: Listing<Row>;
  /** One that cannot be asked is told of, and does not spoil the others. Throws where none of them can. */
  readonly read: (list: (target: TargetName) => Promise<readonly Row[]>) => Promise<readonly Row[]>;
  /** What it comes to when it was read. */
  readonly code: () => number;
  /** The one that is asked; undefined: all. */
  readonly target: TargetName | undefined;
}

export function acrossProfiles<Row extends object>(
  listing: Listing<Row>,
  { options, context }: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): AcrossProfiles<Row> {
  if (options['allProfiles'] !== true) {
    const target = targetOf(context);
    return { listing, read: (list) => list(target), code: () => exitCodes.success, target };
  }
  requireAlone(options);
  const { app, out } = context;
  const whose = new WeakMap<Row, TargetName>();
  let code: number = exitCodes.success;
  const targets = [...(app.hasSlurm() ? ['local'] : []), ...app.profileNames()];
  return {
    listing: withProfile(listing, whose),
    target: undefined,
    code: () => code,
    async read(list) {
      const found = await Promise.allSettled(targets.map((target) => list(target)));
      const failures = found.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      const unexpected = failures.find((error) => !(error instanceof SrunxError) || error.kind === 'bug');
      if (unexpected !== undefined) throw unexpected;
      if (failures.length > 0 && failures.length === targets.length) throw failures[0];
      return found.flatMap((one, index) => {
        const target = targets[index] ?? '';
        if (one.status === 'fulfilled') {
          for (const row of one.value) whose.set(row, target);
          return one.value;
        }
        code = exitCodes.partial;
        out.note(`srunx: ${printable(target)} is left out: ${printable((one.reason as SrunxError).message)}`);
        return [];
      });
    },
  };
}

/** For what is repeated: each target has a pace of its own. */
export function requireOneTarget({ target }: Pick<AcrossProfiles<never>, 'target'>): TargetName {
  if (target !== undefined) return target;
  throw new UsageError('--all-profiles and --iterate cannot be used together', {
    code: 'usage.option_conflict',
    hint: 'Name one profile.',
  });
}

function withProfile<Row extends object>(listing: Listing<Row>, whose: WeakMap<Row, TargetName>): Listing<Row> {
  const field = { key: 'profile', title: 'PROFILE', json: (row: Row) => whose.get(row) ?? null };
  return {
    ...listing,
    fields: [field, ...listing.fields],
    table: [field.key, ...listing.table],
    ...(listing.wide === undefined ? {} : { wide: [field.key, ...listing.wide] }),
  };
}

function requireAlone(options: ParsedInput['options']): void {
  const other = ['profile', 'local', 'embedded'].find((name) => options[name] !== undefined && options[name] !== false);
  if (other === undefined) return;
  throw new UsageError(`--all-profiles and --${other} cannot be used together`, {
    code: 'usage.target',
    hint: 'Keep the one you mean.',
  });
}
