import type { Command } from 'commander';
import type { TargetName } from '../app/app-context.ts';
import { requireProfile } from '../app/choose-target.ts';
import type { StaleTarget } from '../app/refresh-runs.ts';
import { exitCodes, SrunxError, UsageError } from '../core/errors.ts';
import { targetOf } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import type { Field, Listing } from './field.ts';
import { printable } from './table.ts';

/** For commands that only look. */
export function addAcrossOption(command: Command): Command {
  return command.option(
    '--all-profiles',
    "ask all profiles, and this machine's Slurm, at the same time (--profile a,b: only these)",
  );
}

interface Request {
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
}

export interface Answered<Answer> {
  readonly target: TargetName;
  readonly answer: Answer;
}

/** What one target is asked, or several of them. */
export interface AcrossProfiles {
  /** The one that is asked; undefined: several. */
  readonly target: TargetName | undefined;
  /** With a column that says whose a row is, where there are several. */
  readonly listing: <Row extends object>(listing: Listing<Row>) => Listing<Row>;
  /** One that cannot be asked is told of, and does not spoil the others. Throws where none of them can. */
  readonly ask: <Answer>(question: (target: TargetName) => Promise<Answer>) => Promise<readonly Answered<Answer>[]>;
  /** Of all answers, for the listing. */
  readonly rows: <Answer, Row extends object>(
    answers: readonly Answered<Answer>[],
    rowsOf: (answer: Answer) => readonly Row[],
  ) => readonly Row[];
  /** The one document; of several targets a list, in which each says whose it is. */
  readonly documents: <Answer>(
    answers: readonly Answered<Answer>[],
    documentOf: (answer: Answer) => Readonly<Record<string, unknown>>,
  ) => unknown;
  /** Likewise for people. */
  readonly texts: <Answer>(answers: readonly Answered<Answer>[], textOf: (answer: Answer) => string) => string;
  /** What it comes to when all were asked. */
  readonly code: () => number;
}

export function acrossProfiles({ options, context }: Request): AcrossProfiles {
  const targets = severalTargets({ options, context });
  return targets === undefined ? acrossOne(targetOf(context)) : acrossSeveral(targets, context);
}

function acrossOne(target: TargetName): AcrossProfiles {
  return {
    target,
    listing: (listing) => listing,
    ask: async (question) => [{ target, answer: await question(target) }],
    rows: (answers, rowsOf) => answers.flatMap(({ answer }) => rowsOf(answer)),
    documents: (answers, documentOf) => answers.map(({ answer }) => documentOf(answer))[0],
    texts: (answers, textOf) => answers.map(({ answer }) => textOf(answer)).join('\n'),
    code: () => exitCodes.success,
  };
}

function acrossSeveral(targets: readonly TargetName[], { out }: CommandContext): AcrossProfiles {
  const whose = new WeakMap<object, TargetName>();
  let code: number = exitCodes.success;
  return {
    target: undefined,
    listing: (listing) => withProfile(listing, whose),
    async ask(question) {
      const { answers, failures } = await askAll(targets, question);
      const [first, ...others] = failures;
      const isNoneLeft = answers.length === 0 && first !== undefined;
      for (const { target, error } of isNoneLeft ? others : failures) {
        const words = [error.message, error.hint ?? ''].filter(Boolean).join('. ');
        out.note(`srunx: ${printable(target)} is left out: ${printable(words)}`);
      }
      if (isNoneLeft) throw first.error;
      if (failures.length > 0) code = exitCodes.partial;
      return answers;
    },
    rows: (answers, rowsOf) =>
      answers.flatMap(({ target, answer }) => {
        const rows = rowsOf(answer);
        for (const row of rows) whose.set(row, target);
        return rows;
      }),
    documents: (answers, documentOf) =>
      answers.map(({ target, answer }) => ({ profile: target, ...documentOf(answer) })),
    texts: (answers, textOf) =>
      answers.map(({ target, answer }) => `Profile ${printable(target)}\n${textOf(answer)}`).join('\n\n'),
    code: () => code,
  };
}

async function askAll<Answer>(targets: readonly TargetName[], question: (target: TargetName) => Promise<Answer>) {
  const settled = await Promise.allSettled(targets.map(question));
  const answers: Answered<Answer>[] = [];
  const failures: { readonly target: TargetName; readonly error: SrunxError }[] = [];
  for (const [index, one] of settled.entries()) {
    const target = targets[index] ?? '';
    if (one.status === 'fulfilled') answers.push({ target, answer: one.value });
    else if (one.reason instanceof SrunxError && one.reason.kind !== 'bug')
      failures.push({ target, error: one.reason });
    else throw one.reason;
  }
  return { answers, failures };
}

/** For what is repeated: each target has a pace of its own. */
export function requireOneTarget({ target }: Pick<AcrossProfiles, 'target'>): TargetName {
  if (target !== undefined) return target;
  throw new UsageError('several profiles and --iterate cannot be used together', {
    code: 'usage.option_conflict',
    hint: 'Name one profile.',
  });
}

/** What is recorded here lists the runs of all targets at once; several can be asked anew before. */
export interface AcrossRecords {
  /** Undefined: those that would be asked anyway. */
  readonly targets: readonly TargetName[] | undefined;
  /** With the target of each row in front, where there are several. */
  readonly listing: <Row>(listing: Listing<Row>) => Listing<Row>;
  readonly code: (stale: readonly StaleTarget[]) => number;
}

export function acrossRecords(request: Request): AcrossRecords {
  const targets = severalTargets(request);
  return {
    targets,
    listing: (listing) => (targets === undefined ? listing : withTarget(listing)),
    code: (stale) => (stale.some(({ target }) => targets?.includes(target)) ? exitCodes.partial : exitCodes.success),
  };
}

/** Undefined where one is meant. Throws before anything is asked where one of several is not there. */
function severalTargets({ options, context: { app } }: Request): readonly TargetName[] | undefined {
  if (options['allProfiles'] === true) {
    requireAlone('all-profiles', options);
    const targets = [...(app.hasSlurm() ? ['local'] : []), ...app.profileNames()];
    if (targets.length > 0) return targets;
    throw new UsageError('there is no profile to ask, and no Slurm on this machine', {
      code: 'usage.profile',
      hint: '`srunx ssh add` makes a profile.',
    });
  }
  const names = [options['profile'] ?? []].flat().flatMap((words) => String(words).split(','));
  if (names.length < 2) return undefined;
  requireAlone('profile', options);
  return [...new Set(names.map((name) => requireProfile(app.profileNames(), name, '--profile')))];
}

function withProfile<Row extends object>(listing: Listing<Row>, whose: WeakMap<object, TargetName>): Listing<Row> {
  const field: Field<Row> = { key: 'profile', title: 'PROFILE', json: (row) => whose.get(row) ?? null };
  return inFront({ ...listing, fields: [field, ...listing.fields] }, field.key);
}

function withTarget<Row>(listing: Listing<Row>): Listing<Row> {
  const fields = listing.fields.map(({ drop, ...field }) =>
    field.key === 'target' || drop === undefined ? field : { ...field, drop },
  );
  return inFront({ ...listing, fields }, 'target');
}

function inFront<Row>(listing: Listing<Row>, first: string): Listing<Row> {
  const order = (keys: readonly string[]) => [first, ...keys.filter((key) => key !== first)];
  return {
    ...listing,
    table: order(listing.table),
    ...(listing.wide === undefined ? {} : { wide: order(listing.wide) }),
  };
}

function requireAlone(flag: string, options: ParsedInput['options']): void {
  const other = ['profile', 'local', 'embedded'].find(
    (name) => name !== flag && options[name] !== undefined && options[name] !== false,
  );
  if (other === undefined) return;
  throw new UsageError(`--${flag} and --${other} cannot be used together`, {
    code: 'usage.target',
    hint: 'Keep the one you mean.',
  });
}
