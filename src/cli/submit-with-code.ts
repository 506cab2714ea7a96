import type { ChosenMount } from '../app/choose-mount.ts';
import { type CodeWish, type PlacedCode, withCode } from '../app/with-code.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import type { CommandContext } from './define-command.ts';
import { askFirst } from './first-copy.ts';
import { progressLine } from './sync-progress.ts';
import { printable } from './table.ts';

interface Submission {
  readonly placed: PlacedCode | undefined;
  readonly force: boolean;
  readonly purpose: string;
}

/** Brings the code of a submission to the cluster, then submits; says what was sent. */
export async function submitWithCode<Result>(
  { placed, force, purpose }: Submission,
  context: Pick<CommandContext, 'app' | 'out' | 'ask'>,
  submit: (code: readonly SentCode[]) => Promise<Result>,
): Promise<Result> {
  if (placed === undefined) return submit([]);
  using wish = codeWish({ force, purpose }, context);
  return withCode(context.app, { placed, wish }, submit);
}

/** A wish whose progress is shown, and which says what was sent. */
export function codeWish(
  { force, purpose }: Pick<Submission, 'force' | 'purpose'>,
  context: Pick<CommandContext, 'out' | 'ask'>,
): CodeWish & Disposable {
  const { out } = context;
  const progress = progressLine(context);
  const end = () => progress[Symbol.dispose]();
  const told = new Set<string>();
  return {
    ...{ force, purpose },
    onFirst: (first, what) => askFirst(first, { what, isAsked: true, context }),
    onWait: (holder) => out.note(`srunx: waiting for ${printable(holder)}`),
    onProgress: progress.show,
    onWarning: (words) => out.note(`srunx: warning: ${printable(words)}`),
    onSynced(outcome, mount) {
      end();
      // A second look, that has nothing to say.
      if (outcome.isUnchanged && outcome.snapshot === undefined && told.has(mount.mount.name)) return;
      told.add(mount.mount.name);
      for (const warning of outcome.warnings) out.note(`srunx: warning: ${printable(warning)}`);
      out.note(`srunx: ${syncedText(outcome, mount)}`);
    },
    [Symbol.dispose]: end,
  };
}

function syncedText(
  { isUnchanged, files, result, snapshot }: Parameters<CodeWish['onSynced']>[0],
  { mount, profile }: ChosenMount,
): string {
  const { files: sent = 0, bytes = 0 } = result?.stats ?? {};
  const what =
    isUnchanged || sent === 0
      ? `${countOf(files, 'file')} as they were`
      : `${countOf(sent, 'file')} sent, ${formatByteSize(bytes)}`;
  return `${printable(`${mount.name} -> ${profile.name}:${mount.remote}`)}: ${what}${snapshot === undefined ? '' : `, copy ${snapshot.slice(0, 12)}`}`;
}
