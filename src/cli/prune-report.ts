import type { PrunableRun, PrunePlan, PruneResult } from '../app/prune-runs.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import { exitCodes, RefusedError } from '../core/errors.ts';
import { runStatusColour } from './colours.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import type { Listing } from './field.ts';
import { isYes } from './is-yes.ts';
import { openListing } from './listing.ts';
import { noteStale } from './run-table.ts';
import { formatShortTime } from './short-time.ts';
import type { Signs } from './signs.ts';
import { type Column, formatTable, printable } from './table.ts';

interface PrunedRun extends PrunableRun {
  readonly removed: boolean;
}

const iso = (ms: number) => new Date(ms).toISOString();

const listingWith = ({ more }: Signs): Listing<PrunedRun> => ({
  fields: [
    { key: 'run_id', title: 'RUN', json: ({ runId }) => runId },
    { key: 'kind', title: 'KIND', json: ({ kind }) => kind },
    { key: 'name', title: 'NAME', json: ({ name }) => name, elastic: true },
    {
      key: 'status',
      title: 'STATUS',
      json: ({ status }) => status,
      colour: ({ status }) => runStatusColour(status),
    },
    { key: 'jobs', title: 'JOBS', json: ({ jobs }) => jobs, align: 'right' },
    {
      key: 'job_ids',
      title: 'JOBIDS',
      json: ({ jobIds }) => jobIds,
      text: ({ jobIds }) => `${jobIds.slice(0, 3).join(',')}${jobIds.length > 3 ? `,${more}` : ''}`,
      drop: 1,
    },
    {
      key: 'submitted_at',
      title: 'SUBMITTED',
      json: ({ submittedAt }) => iso(submittedAt),
      text: ({ submittedAt }) => formatShortTime(submittedAt),
    },
    {
      key: 'ended_at',
      title: 'ENDED',
      json: ({ endedAt }) => iso(endedAt),
      text: ({ endedAt }) => formatShortTime(endedAt),
    },
    {
      key: 'bytes',
      title: 'SIZE',
      json: ({ bytes }) => bytes,
      text: ({ bytes }) => formatByteSize(bytes),
      align: 'right',
    },
    { key: 'files', title: 'FILES', json: ({ files }) => files, align: 'right' },
    { key: 'code_files', title: 'CODE', json: ({ copy }) => copy?.files ?? null, align: 'right' },
    { key: 'kept_files', title: 'KEPT', json: ({ copy }) => copy?.kept ?? null, align: 'right' },
    { key: 'removed', title: 'REMOVED', json: ({ removed }) => removed },
  ],
  table: ['run_id', 'name', 'status', 'jobs', 'job_ids', 'ended_at', 'bytes'],
  wide: ['run_id', 'kind', 'name', 'status', 'jobs', 'job_ids', 'submitted_at', 'ended_at', 'bytes', 'files'],
  id: ({ runId }) => runId,
});

interface PruneRequest {
  /** What goes, in words: `plan directories`. */
  readonly what: string;
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
}

/** Shows what would go; removes it once somebody says yes; says what has become of it. */
export async function prune(plan: PrunePlan, request: PruneRequest): Promise<number> {
  const { options, context, what } = request;
  const { out } = context;
  const view = openListing(listingWith(out.signs), { options, context });
  noteStale(plan.stale, out);
  const show = (removed: ReadonlySet<string>) => {
    const rows = plan.runs.map((run) => ({ ...run, removed: removed.has(run.runId) }));
    return view.show(rows);
  };
  if (plan.runs.length === 0 && plan.copies.every(({ trees }) => trees.length === 0)) {
    out.note(`Nothing to remove${sparedWords(plan)}`);
    await show(new Set());
    return exitCodes.success;
  }
  if (options['dryRun'] === true) {
    await show(new Set());
    out.note(`srunx: would remove ${summary(plan, what)}`);
    for (const line of copyLines(plan.copies, 'would remove')) out.note(line);
    return exitCodes.success;
  }
  if (options['yes'] !== true) await confirm(plan, request);
  const result = await plan.execute();
  await show(result.removed);
  return reportRemoved(plan, result, request);
}

function reportRemoved(plan: PrunePlan, result: PruneResult, { what, context }: PruneRequest): number {
  const { removed, complaints, copies } = result;
  const { out } = context;
  const gone = plan.runs.filter(({ runId }) => removed.has(runId));
  out.note(`srunx: removed ${summary({ ...plan, runs: gone }, what)}`);
  for (const line of copyLines(copies, 'removed')) out.note(line);
  for (const complaint of complaints.slice(0, 20)) out.note(`srunx: ${printable(complaint)}`);
  if (gone.length === plan.runs.length) return exitCodes.success;
  out.note(`srunx: ${countOf(plan.runs.length - gone.length, 'run')} could not be removed`);
  return exitCodes.partial;
}

function summary({ runs, ...plan }: PrunePlan, what: string): string {
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  return `${what} of ${countOf(runs.length, 'run')}, ${formatByteSize(bytes)} of ${formatByteSize(plan.totalBytes)}${sparedWords(plan)}`;
}

/** What jobs wrote in their copies stays, and is told of. */
function copyLines(places: PrunePlan['copies'], verb: string): readonly string[] {
  return places.flatMap(({ copies, trees, directory }) => {
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    const files = sum(copies.map((copy) => copy.files));
    const kept = copies.filter((copy) => copy.kept > 0);
    const parts = [
      ...(copies.length === 0
        ? []
        : [`${copies.length === 1 ? '1 copy' : `${copies.length} copies`} of code (${countOf(files, 'file')})`]),
      ...(trees.length === 0
        ? []
        : [
            `${countOf(trees.length, 'state')} of it that nothing uses (${formatByteSize(sum(trees.map(({ bytes }) => bytes)))})`,
          ]),
    ];
    const left = countOf(sum(kept.map((copy) => copy.kept)), 'file');
    return [
      ...(parts.length === 0 ? [] : [`srunx: ${verb} ${parts.join(' and ')}`]),
      ...(kept.length === 0
        ? []
        : [
            `srunx: ${printable(
              `${left} that jobs wrote in copies stay, in ${directory}: ${kept
                .slice(0, 5)
                .map(({ runId }) => runId)
                .join(', ')}${kept.length > 5 ? ', ...' : ''}`,
            )}`,
          ]),
    ];
  });
}

function sparedWords({ spared }: Pick<PrunePlan, 'spared'>): string {
  const parts = [
    ...(spared.unfinished > 0 ? [`${countOf(spared.unfinished, 'unfinished run')}`] : []),
    ...(spared.unknown > 0
      ? [`${countOf(spared.unknown, 'unknown directory').replace('directorys', 'directories')}`]
      : []),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(' and ')} not touched`;
}

/** At a terminal a question; elsewhere, a refusal that shows what it is about. */
async function confirm(plan: PrunePlan, { what, context }: PruneRequest): Promise<void> {
  const { ask, out } = context;
  const listing = listingWith(out.signs);
  const keys = new Set(listing.table);
  const columns = listing.fields
    .filter(({ key }) => keys.has(key))
    .map(
      (field): Column<PrunedRun> => ({
        title: field.title,
        value: (row) => field.text?.(row) ?? String(field.json?.(row)),
      }),
    );
  const lines = formatTable(
    columns,
    plan.runs.map((run) => ({ ...run, removed: false })),
  );
  const answer = await ask(`${lines.join('\n')}\nRemove ${summary(plan, what)}? [y/N] `);
  if (isYes(answer)) return;
  if (answer === undefined) lines.forEach(out.note);
  throw new RefusedError(`nothing was removed: ${summary(plan, what)} would go`, {
    code: 'prune.not_confirmed',
    hint: 'Add --yes to remove it without a question, or --dry-run to see it.',
  });
}
