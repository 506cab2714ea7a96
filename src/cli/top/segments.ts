import { cellWidth } from '../cell-width.ts';

/** A part of a line that says many things. */
export interface Segment {
  readonly text: string;
  /** How it is drawn, where not as it is: takes no room. */
  readonly styled?: string;
  /** Where there is no room for all, those with the highest number go first; one without a number stays. */
  readonly drop?: number;
}

const gap = '  ';

/** As many of the parts as a line has room for, in their order. */
export function fitSegments(segments: readonly Segment[], columns: number): string {
  let kept = segments;
  while (widthOf(kept) > columns) {
    const drop = Math.max(...kept.map((segment) => segment.drop ?? 0));
    if (drop === 0) break;
    kept = kept.toSpliced(
      kept.findLastIndex((segment) => segment.drop === drop),
      1,
    );
  }
  return kept.map(({ text, styled = text }) => styled).join(gap);
}

function widthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { text }) => sum + cellWidth(text) + gap.length, -gap.length);
}
