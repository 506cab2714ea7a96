import type { TargetName } from '../app/app-context.ts';
import { type PlacedSubmission, placeSubmission, translateOptions } from '../app/place-submission.ts';
import { UsageError } from '../core/errors.ts';
import type { SbatchOption } from '../core/job/sbatch-options.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { nothingToSyncFor } from './code-options.ts';
import type { CommandContext } from './define-command.ts';
import type { SbatchWords } from './sbatch-words.ts';
import { printable } from './table.ts';

interface Where {
  readonly target: TargetName;
  readonly context: CommandContext;
}

interface Script {
  readonly own: SbatchWords['own'];
  /** The user's own, submitted as it is. */
  readonly file: string | null;
  /** As it was typed. */
  readonly chdir: string | undefined;
}

/** Where a submission takes place, as the words of the command line have it. Throws a UsageError for words that contradict each other. */
export function placeSbatch({ own, file, chdir }: Script, { target, context }: Where): PlacedSubmission | undefined {
  const syncs = either(own, 'sync');
  const snapshot = either(own, 'snapshot');
  if (snapshot === true && syncs === false) throw contradiction('--snapshot', '--no-sync');
  const placed = placeSubmission(context.app, { target, file: file ?? undefined, chdir, syncs, snapshot });
  for (const warning of placed?.warnings ?? []) context.out.note(`srunx: warning: ${printable(warning)}`);
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
  const directives = parseDirectives(new TextDecoder().decode(text));
  const said = translateOptions(context.app, { target, options: directives, placed });
  // The script is submitted as it is: what in its head names a path of this machine is said again.
  const again = said.filter(
    (option, at) => option !== directives[at] && !options.some(({ name }) => name === option.name),
  );
  const translated = [...again, ...translateOptions(context.app, { target, options, placed })];
  if (placed?.snapshot !== true) return translated;
  const has = (name: string) => [...options, ...directives].some((option) => option.name === name);
  if (has('output') || context.app.env['SBATCH_OUTPUT']) return translated;
  const pattern = has('array') ? 'slurm-%A_%a.out' : 'slurm-%j.out';
  return [...translated, { name: 'output', value: `${placed.mountCwd}/${pattern}` }];
}
