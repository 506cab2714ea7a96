import { formatByteSize } from '../core/byte-size.ts';
import { formatDuration } from '../core/slurm/duration.ts';

interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** So far back is looked for how fast it goes. */
const windowMs = 10_000;

/** Says in one line how far a copy is, how fast it goes, and how long it will take. */
export class TransferMeter {
  readonly #total: Amount;
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  constructor(total: Amount) {
    this.#total = total;
  }

  /** @param nowMs of a clock that never goes back */
  line({ files, bytes }: Amount, nowMs: number): string {
    const came = Math.max(0, Math.min(bytes, this.#total.bytes));
    this.#samples.push({ at: nowMs, bytes: came });
    this.#samples = this.#samples.filter(({ at }, index, all) => nowMs - at <= windowMs || index === all.length - 1);
    const [first] = this.#samples;
    const seconds = (nowMs - (first?.at ?? nowMs)) / 1000;
    const rate = seconds > 0 ? Math.max(0, came - (first?.bytes ?? 0)) / seconds : 0;
    const parts = [
      `${files} of ${this.#total.files} files`,
      `${formatByteSize(came)} of ${formatByteSize(this.#total.bytes)}`,
      ...(seconds >= 1 ? [`${formatByteSize(rate)}/s`] : []),
      ...(seconds >= 1 && rate > 0 ? [`${formatDuration(Math.ceil((this.#total.bytes - came) / rate))} left`] : []),
    ];
    return `srunx: ${parts.join(', ')}`;
  }
}
