import { constants } from 'node:os';

/** The signal that `USR1`, `sigusr1` or `10` means, without `SIG`; `undefined` where this system has none such. */
export function parseSignalName(text: string): string | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) >= 1 && Number(text) <= highest ? `${Number(text)}` : undefined;
  const name = text.toUpperCase().replace(/^SIG/, '');
  return Object.hasOwn(constants.signals, `SIG${name}`) ? name : undefined;
}

/** Real-time signals have numbers only. */
const highest = 64;
