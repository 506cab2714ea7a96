import type { ChosenMount } from '../app/choose-mount.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import { RefusedError } from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';
import { isYes } from './is-yes.ts';
import { printable } from './table.ts';

/** Of a data set that lies in the project, one wants to know before it is on its way. */
const muchBytes = 1024 ** 3;
const manyFiles = 20_000;

interface FirstOptions {
  readonly what: ChosenMount;
  readonly isAsked: boolean;
  readonly context: Pick<CommandContext, 'ask' | 'out'>;
}

/** Says what a first copy amounts to; a large one is asked for, where somebody can be asked. Throws where it is not wanted. */
export async function askFirst(
  { files, bytes }: { readonly files: number; readonly bytes: number },
  { what: { mount, profile }, isAsked, context: { ask, out } }: FirstOptions,
): Promise<void> {
  const size = `${countOf(files, 'file')}, ${formatByteSize(bytes)}`;
  const place = printable(`${profile.name}:${mount.remote}`);
  if (isAsked && (bytes > muchBytes || files > manyFiles)) {
    const answer = await ask(`The first copy to ${place} is ${size}. Send it? [y/N] `);
    if (answer === undefined || isYes(answer)) return;
    throw new RefusedError('nothing was sent', {
      code: 'sync.not_wanted',
      hint: `Leave out what the cluster does not need: \`srunx ssh mount update ${mount.name} --profile ${profile.name} --exclude PATTERN\`.`,
    });
  }
  out.note(`srunx: first copy to ${place}: ${size}`);
}
