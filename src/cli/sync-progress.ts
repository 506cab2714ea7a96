import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import type { RsyncProgress } from '../core/sync/rsync-progress.ts';
import type { CommandContext } from './define-command.ts';

export interface ProgressLine extends Disposable {
  /** `undefined`: nobody looks. */
  readonly show: ((progress: RsyncProgress) => void) | undefined;
}

/** How far a transfer is: a line at a terminal that is gone when it is over. */
export function progressLine({ out }: Pick<CommandContext, 'out'>): ProgressLine {
  if (out.terminal === undefined || out.quiet || out.json) return { show: undefined, [Symbol.dispose]() {} };
  return {
    show: (progress) => out.redraw([progressText(progress)]),
    [Symbol.dispose]: () => out.settle([]),
  };
}

export function progressText({ bytes, percent, bytesPerSecond, secondsLeft, files }: RsyncProgress): string {
  return [
    `${percent} %`,
    formatByteSize(bytes),
    ...(files === undefined ? [] : [countOf(files, 'file')]),
    `${formatByteSize(bytesPerSecond)}/s`,
    ...(secondsLeft === undefined ? [] : [`${formatSeconds(secondsLeft)} left`]),
  ].join('  ');
}

function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
}
