import type { PlacedSubmission } from '../app/place-submission.ts';
import { type CodeWish, withCode } from '../app/with-code.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import type { CommandContext } from './define-command.ts';
import { askFirst } from './first-copy.ts';
import { progressLine } from './sync-progress.ts';
import { printable } from './table.ts';

interface Submission {
  readonly placed: PlacedSubmission | undefined;
  readonly force: boolean;
  readonly purpose: string;
}

/** Brings the code of a submission to the cluster, then submits; says what was sent. */
export async function submitWithCode<Result>(
  { placed, force, purpose }: Submission,
  context: Pick<CommandContext, 'app' | 'out' | 'ask'>,
  submit: (code: SentCode | undefined) => Promise<Result>,
): Promise<Result> {
  const { app, out } = context;
  if (placed === undefined) return submit(undefined);
  const { profile, mount } = placed;
  using progress = progressLine(context);
  const wish: CodeWish = {
    ...{ force, purpose },
    onFirst: (first) => askFirst(first, { what: placed, isAsked: true, context }),
    onWait: (holder) => out.note(`srunx: waiting for ${printable(holder)}`),
    onProgress: progress.show,
    onWarning: (words) => out.note(`srunx: warning: ${printable(words)}`),
    onSynced({ isUnchanged, files, result, warnings, snapshot }) {
      progress[Symbol.dispose]();
      for (const warning of warnings) out.note(`srunx: warning: ${printable(warning)}`);
      const { files: sent = 0, bytes = 0 } = result?.stats ?? {};
      const what =
        isUnchanged || sent === 0
          ? `${countOf(files, 'file')} as they were`
          : `${countOf(sent, 'file')} sent, ${formatByteSize(bytes)}`;
      out.note(
        `srunx: ${printable(`${mount.name} -> ${profile.name}:${mount.remote}`)}: ${what}${snapshot === undefined ? '' : `, copy ${snapshot.slice(0, 12)}`}`,
      );
    },
  };
  return withCode(app, { placed, wish }, submit);
}
