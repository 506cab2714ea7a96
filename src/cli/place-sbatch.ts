import type { TargetName } from '../app/app-context.ts';
import { type PlacedSubmission, placeSubmission, translateOptions } from '../app/place-submission.ts';
import { UsageError } from '../core/errors.ts';
import type { SbatchOption } from '../core/job/sbatch-options.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { nothingToSyncFor } from './code-options.ts';
import type { CommandContext } from './define-command.ts';
import type { SbatchWords } from './sbatch-words.ts';

interface Where {
  readonly target: TargetName;
  readonly context: CommandContext;
}

interface Script {
  readonly own: SbatchWords['own'];
  /** The user's own, submitted as it is. */
  readonly file: string | null;
  readonly text: Uint8Array;
}

/** Where a submission takes place, as the words of the command line have it. Throws a UsageError for words that contradict each other. */
export function placeSbatch({ own, file }: Script, { target, context }: Where): PlacedSubmission | undefined {
  const syncs = either(own, 'sync');
  const snapshot = either(own, 'snapshot');
  if (snapshot === true && syncs === false) throw contradiction('--snapshot', '--no-sync');
  const placed = placeSubmission(context.app, { target, file: file ?? undefined, syncs, snapshot });
  const asked = ['sync', 'snapshot', 'force-sync'].find((name) => own[name] === true);
  if (asked === undefined || placed !== undefined) return placed;
  throw nothingToSyncFor(asked, { target, cwd: context.app.cwd });
}

function either(own: SbatchWords['own'], name: string): boolean | undefined {
  const [yes, no] = [own[name] === true, own[`no-${name}`] === true];
  if (yes && no) throw contradiction(`--${name}`, `--no-${name}`);
  return yes ? true : no ? false : undefined;
}

function contradiction(one: string, other: string): UsageError {
  return new UsageError(`${one} and ${other} contradict each other`, {
    code: 'usage.option_conflict',
    hint: 'Keep the one you mean.',
  });
}

/** The options as they hold on the cluster. The log of a job that runs in a copy is where it would be without one. */
export function optionsThere(
  options: readonly SbatchOption[],
  {
    placed,
    text,
    target,
    context,
  }: Where & { readonly placed: PlacedSubmission | undefined; readonly text: Uint8Array },
): readonly SbatchOption[] {
  const translated = translateOptions(context.app, { target, options, placed });
  if (placed?.snapshot !== true) return translated;
  const directives = parseDirectives(new TextDecoder().decode(text));
  const has = (name: string) => [...options, ...directives].some((option) => option.name === name);
  if (has('output') || context.app.env['SBATCH_OUTPUT']) return translated;
  const pattern = has('array') ? 'slurm-%A_%a.out' : 'slurm-%j.out';
  return [...translated, { name: 'output', value: `${placed.mountCwd}/${pattern}` }];
}
