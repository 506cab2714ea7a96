/** How far a transfer is, all files together: `--info=progress2`. */
export interface RsyncProgress {
  /** So far, of the files that had to be sent. */
  readonly bytes: number;
  /** Of what is known so far: it may fall while rsync still looks for files. */
  readonly percent: number;
  readonly bytesPerSecond: number;
  /** `undefined` at the end. */
  readonly secondsLeft: number | undefined;
  /** Files whose data has come; `undefined` while the first is under way. */
  readonly files: number | undefined;
}

const line =
  /^ *([\d,.]+) +(\d+)% +([\d.]+)([kMGT]?B)\/s +(\d+):(\d\d):(\d\d)(?: \(xfr#(\d+), (?:to|ir)-chk=\d+\/\d+\))? *$/;
const powers = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `undefined`: the text is something else. */
export function parseProgress(text: string): RsyncProgress | undefined {
  const [, bytes = '', percent, rate, unit = '', hours, minutes, seconds, files] = line.exec(text) ?? [];
  if (percent === undefined) return undefined;
  const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return {
    bytes: Number(bytes.replace(/[,.]/g, '')),
    percent: Number(percent),
    bytesPerSecond: Math.round(Number(rate) * 1024 ** powers.indexOf(unit)),
    // Behind a file that is done, the time is the one that has passed; behind the last one, nothing is left.
    secondsLeft: files === undefined ? time : undefined,
    files: files === undefined ? undefined : Number(files),
  };
}
