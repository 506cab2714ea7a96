import type { GetPlan, GetProgress } from '../app/get-files.ts';
import type { GetOutcome, GotFile, GotFiles } from '../app/got-file.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import {
  ConnectionError,
  exitCodes,
  NotFoundError,
  RefusedError,
  type SrunxError,
  StorageError,
} from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';
import { nearer } from './got-file-listing.ts';
import { isYes } from './is-yes.ts';
import type { OpenListing } from './listing.ts';
import { printable } from './table.ts';
import { TransferMeter } from './transfer-meter.ts';

interface Carrying {
  readonly view: Pick<OpenListing<GotFile>, 'show'>;
  readonly context: CommandContext;
  readonly dryRun: boolean;
  /** Nobody is asked. */
  readonly yes: boolean;
}

/** What is more than this is asked about, where there is somebody to ask. */
const manyBytes = 1024 ** 3;
const manyFiles = 10_000;

const faults: ReadonlySet<GetOutcome> = new Set(['exists', 'missing', 'failed']);

/** Shows what would come; or copies it, and says what became of each file. Throws where none could be had at all. */
export async function carryOut(plan: GetPlan, { view, context, dryRun, yes }: Carrying): Promise<number> {
  const { out } = context;
  const wrong = plan.files.filter(isFault);
  if (wrong.length === plan.files.length) throw nothingCame(plan);
  if (dryRun) {
    await view.show(plan.files);
    out.note(`srunx: would copy ${amountOf(plan.coming)} to ${place(plan, context)}`);
    if (plan.shortage !== undefined) out.note(`srunx: there is no room for it: ${plan.shortage.detail}`);
    return tellFaults(plan, context);
  }
  if (plan.shortage !== undefined) throw plan.shortage;
  if (!yes) await confirm(plan, context);
  const got = await withLastWords(plan, context);
  if (got.files.every(isFault) && got.ended === undefined) throw nothingCame(got);
  await view.show(got.files);
  const copied = got.files.filter(({ outcome }) => outcome === 'copied');
  const bytes = copied.reduce((sum, file) => sum + file.bytes, 0);
  if (got.ended !== undefined) throw endedEarly(got.ended, got, context);
  out.note(`srunx: ${amountOf({ files: copied.length, bytes })}, copied to ${place(got, context)}`);
  return tellFaults(got, context);
}

function isFault({ outcome }: GotFile): boolean {
  return faults.has(outcome);
}

function isInTheWay({ outcome }: GotFile): boolean {
  return outcome === 'exists';
}

function amountOf({ files, bytes }: GetProgress): string {
  return `${countOf(files, 'file')}, ${formatByteSize(bytes)}`;
}

function place({ to }: Pick<GotFiles, 'to'>, { app }: CommandContext): string {
  return printable(nearer(to, app.cwd) || '.');
}

function tellFaults({ files, complaints }: GotFiles, { out }: CommandContext): number {
  const wrong = files.filter(isFault);
  for (const complaint of complaints.slice(0, 20)) out.note(`srunx: ${printable(complaint)}`);
  if (wrong.length === 0) return complaints.length === 0 ? exitCodes.success : exitCodes.partial;
  const help = wrong.some(isInTheWay) ? '; --force replaces files' : '';
  out.note(`srunx: ${wrong.length} of ${files.length} did not come${help}`);
  return exitCodes.partial;
}

/** Where nobody can be asked, it goes on: a copy does no harm, and a script has said what it wants. */
async function confirm(plan: GetPlan, context: CommandContext): Promise<void> {
  const { coming } = plan;
  if (coming.bytes <= manyBytes && coming.files <= manyFiles) return;
  const answer = await context.ask(`Copy ${amountOf(coming)} to ${place(plan, context)}? [y/N] `);
  if (answer === undefined || isYes(answer)) return;
  throw new RefusedError(`nothing was copied: ${amountOf(coming)} would come`, {
    code: 'get.not_confirmed',
    hint: 'Add --yes to copy it without a question, or --dry-run to see it.',
  });
}

/** Between two lines of progress. */
const pauseMs = 200;

async function execute(plan: GetPlan, { out, app }: CommandContext): Promise<GotFiles> {
  const { progress } = out;
  if (progress === undefined) return plan.execute(() => undefined);
  const meter = new TransferMeter(plan.coming);
  let last = Number.NEGATIVE_INFINITY;
  try {
    return await plan.execute((amount) => {
      const now = app.monotonicNow();
      if (now - last < pauseMs) return;
      last = now;
      progress(meter.line(amount, now));
    });
  } finally {
    if (last > 0) progress('');
  }
}

/** At an interrupt, how to go on: what runs is not waited for. */
async function withLastWords(plan: GetPlan, context: CommandContext): Promise<GotFiles> {
  const { out, app } = context;
  const say = () => {
    out.progress?.('');
    out.note('srunx: what came stays here, and the same command goes on');
  };
  app.signal.addEventListener('abort', say, { once: true });
  try {
    return await execute(plan, context);
  } finally {
    app.signal.removeEventListener('abort', say);
  }
}

const goOn = 'Run the same command again: it goes on where this one stopped.';

function endedEarly(cause: SrunxError, { files, to }: GotFiles, context: CommandContext): SrunxError {
  const whole = files.filter(({ outcome }) => outcome === 'copied' || outcome === 'unchanged');
  const open = files.filter(({ outcome }) => outcome === 'failed');
  const names = (some: readonly GotFile[]) =>
    some.slice(0, 5).map(({ path, source, message }) => `${nearer(path ?? source, context.app.cwd)}: ${message}`);
  const more = open.length > 5 ? [`and ${open.length - 5} more`] : [];
  const options = {
    code: 'get.ended_early',
    detail: [cause.message, cause.detail, ...names(open), ...more].filter((line) => line !== undefined).join('\n'),
    hint: cause instanceof ConnectionError ? goOn : (cause.hint ?? goOn),
    cause,
  };
  const bytes = whole.reduce((sum, file) => sum + file.bytes, 0);
  const words = `${whole.length} of ${amountOf({ files: whole.length + open.length, bytes })}, are complete in ${place({ to }, context)}, and the rest is not`;
  return cause instanceof ConnectionError ? new ConnectionError(words, options) : new StorageError(words, options);
}

function nothingCame({ files, complaints }: GotFiles): SrunxError {
  const told = files.map(({ path, source, message }) => `${path ?? source}: ${message}`);
  const detail = [...told, ...complaints].slice(0, 20).join('\n');
  if (files.some(isInTheWay)) {
    const hint = 'Name another directory with --to, or replace the files with --force.';
    return new RefusedError('nothing was copied: other files are in the way', { code: 'get.exists', detail, hint });
  }
  if (files.some(({ outcome }) => outcome === 'failed')) {
    const hint = 'Each line above says what is in the way.';
    return new StorageError('nothing could be copied', { code: 'get.failed', detail, hint });
  }
  const hint =
    files.length === 0 ? 'Name files of its working directory.' : '`srunx history show` says where a job has its log.';
  return new NotFoundError('there is nothing to copy', { code: 'get.nothing', detail, hint });
}
