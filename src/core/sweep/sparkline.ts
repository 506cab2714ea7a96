import type { MetricPoint } from './metrics.ts';

export interface CurveScale {
  /** The steps of the first and last sign. */
  readonly from: number;
  readonly to: number;
  /** The numbers of the lowest and highest sign. */
  readonly low: number;
  readonly high: number;
  readonly width: number;
}

/** One scale for all curves, so that they can be compared; `undefined` where none has a finite number. */
export function scaleOf(curves: readonly (readonly MetricPoint[])[], width: number): CurveScale | undefined {
  const scale = { from: Infinity, to: -Infinity, low: Infinity, high: -Infinity };
  let most = 0;
  for (const curve of curves) {
    most = Math.max(most, curve.length);
    for (const { step, value } of curve) {
      if (!Number.isFinite(value)) continue;
      scale.from = Math.min(scale.from, step);
      scale.to = Math.max(scale.to, step);
      scale.low = Math.min(scale.low, value);
      scale.high = Math.max(scale.high, value);
    }
  }
  return scale.from === Infinity ? undefined : { ...scale, width: Math.max(1, Math.min(width, most)) };
}

/** A curve as one line of signs, from the lowest to the highest of `levels`. A sign is the mean of what it covers; a gap is a space. */
export function sparkline(
  curve: readonly MetricPoint[],
  { scale, levels }: { readonly scale: CurveScale; readonly levels: string },
): string {
  const { from, to, low, high, width } = scale;
  const signs = [...levels];
  const sums = Array.from({ length: width }, () => ({ sum: 0, count: 0 }));
  for (const { step, value } of curve) {
    if (!Number.isFinite(value) || step < from || step > to) continue;
    const place = to === from ? 0 : Math.min(width - 1, Math.floor(((step - from) / (to - from)) * width));
    const cell = sums[place];
    if (cell === undefined) continue;
    // As a share of the height: a sum of greatest numbers would be infinite.
    cell.sum += high === low ? 0.5 : value / 2 / (high / 2 - low / 2) - low / 2 / (high / 2 - low / 2);
    cell.count += 1;
  }
  const sign = ({ sum, count }: { readonly sum: number; readonly count: number }) =>
    count === 0
      ? ' '
      : (signs[Math.max(0, Math.min(signs.length - 1, Math.floor((sum / count) * signs.length)))] ?? ' ');
  return sums.map(sign).join('').trimEnd();
}
